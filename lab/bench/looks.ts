/**
 * Records what the watching is answered by the real tools of a Debian release: a cluster on virtual Pis under some load,
 * two looks at each node, one a line. The parsers' tests read it.
 * `pnpm --filter @bramble/lab looks -- --release bookworm --out ../apps/worker/src/collect/fixtures/bookworm.jsonl`
 */
import { writeFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { type Look, openWatch } from '@bramble/provision'
import { Client } from 'pg'
import { openStage, type Stage } from '../scenarios/stage.ts'

const { values } = parseArgs({
  // pnpm hands the separating "--" through.
  args: process.argv.slice(2).filter((arg) => arg !== '--'),
  options: {
    release: { type: 'string', default: 'trixie' },
    id: { type: 'string', default: '36' },
    out: { type: 'string' },
  },
})

/** Rows, a transaction that stands open, and one that waits for its lock. Returns how to end them. */
async function load(stage: Stage): Promise<() => Promise<void>> {
  const clients = [0, 1].map(() => new Client(stage.database(5000)))
  const [holder, waiter] = clients as [Client, Client]
  for (const client of clients) {
    client.on('error', () => undefined)
    await client.connect()
  }
  await holder.query(
    'create table if not exists lots as select n, md5(n::text) as words from generate_series(1, 20000) n',
  )
  await holder.query('delete from lots where n % 3 = 0')
  await holder.query('begin')
  await holder.query('update lots set words = words where n = 1')
  const waiting = waiter.query('update lots set words = words where n = 1').catch(() => undefined)
  return async () => {
    await holder.query('rollback')
    await waiting
    for (const client of clients) await client.end()
  }
}

const stage = await openStage({
  id: Number(values.id),
  nodes: 4,
  release: values.release === 'bookworm' ? 'bookworm' : 'trixie',
})
try {
  const { outcome } = await stage.apply()
  if (outcome.status !== 'succeeded') throw new Error(outcome.message)
  await stage.allCopies()
  const unload = await load(stage)
  const visits = setInterval(() => void fetch(stage.site).catch(() => undefined), 50)
  const lines = await Promise.all(
    stage.spec.nodes.map(async (node) => {
      const watch = await openWatch(await stage.reach(node.name), { spec: stage.spec, node })
      const looks: Look[] = []
      // The heavy questions come after the first answer, and etcd's metrics every 15 s.
      for (let at = 0; at < 5; at++) {
        looks.push(await watch.ask())
        await sleep(5_000)
      }
      watch.close()
      return looks.map((look) => JSON.stringify({ node: node.name, ...look }))
    }),
  )
  clearInterval(visits)
  await unload()
  const text = `${lines.flat().join('\n')}\n`
  if (values.out) await writeFile(values.out, text)
  else process.stdout.write(text)
} finally {
  await stage.close()
}
