/**
 * How long a cluster is away when a part of it dies: seconds without an acknowledged write (or a page), seen by clients
 * that try every 100 ms through the virtual IP. `pnpm --filter @bramble/lab outage -- --rounds 3 --preset fast`
 */
import { parseArgs } from 'node:util'
import { Preset } from '@bramble/cluster'
import { siteDoor, startVisitor, startWriter } from '@bramble/provision/availability'
import { openStage, type Stage } from '../scenarios/stage.ts'
import { powerOff, powerOn, reboot } from '../src/index.ts'

const { values } = parseArgs({
  // pnpm hands the separating "--" through.
  args: process.argv.slice(2).filter((arg) => arg !== '--'),
  options: {
    rounds: { type: 'string', default: '3' },
    preset: { type: 'string', default: 'fast' },
    release: { type: 'string', default: 'trixie' },
    asynchronous: { type: 'boolean', default: false },
    nodes: { type: 'string', default: '4' },
  },
})

interface Measured {
  fault: string
  write: number
  page: number
  acknowledged: number
  missing: number
}

async function measure(
  stage: Stage,
  fault: string,
  node: string,
  strike: () => Promise<unknown>,
  mend: () => Promise<unknown>,
): Promise<Measured> {
  await stage.allCopies()
  const writer = await startWriter(stage.writing)
  const visitor = startVisitor(siteDoor(stage.spec))
  await writer.next(60)
  await strike()
  await writer.next(120)
  await mend()
  await stage.allCopies()
  await visitor.stop()
  await writer.stop()
  const missing = (await writer.missing()).length
  const row = {
    fault: `${fault} (${node})`,
    write: writer.outage(),
    page: visitor.outage(),
    acknowledged: writer.acknowledged(),
    missing,
  }
  process.stderr.write(`${JSON.stringify(row)}\n`)
  return row
}

const stage = await openStage({
  id: 93,
  nodes: Number(values.nodes),
  release: values.release === 'bookworm' ? 'bookworm' : 'trixie',
  change: (spec) => ({ ...spec, preset: Preset.parse(values.preset), synchronous: !values.asynchronous }),
})
try {
  const { outcome } = await stage.apply()
  if (outcome.status !== 'succeeded') throw new Error(outcome.message)
  const id = stage.id
  const rows: Measured[] = []
  for (let round = 0; round < Number(values.rounds); round++) {
    const first = await stage.primary()
    rows.push(
      await measure(
        stage,
        'primary loses power',
        first,
        () => powerOff({ id, node: first }),
        () => powerOn({ id, node: first }),
      ),
    )
    const second = await stage.primary()
    rows.push(
      await measure(
        stage,
        'primary reboots',
        second,
        () => reboot({ id, node: second }),
        async () => undefined,
      ),
    )
    const balancer = await holder(stage)
    rows.push(
      await measure(
        stage,
        'balancer loses power',
        balancer,
        () => powerOff({ id, node: balancer }),
        () => powerOn({ id, node: balancer }),
      ),
    )
  }
  process.stdout.write(
    `preset ${values.preset}, ${values.asynchronous ? 'asynchronous' : 'synchronous'} replication, ${values.release}, ${values.nodes} nodes\n`,
  )
  process.stdout.write(
    'fault | write outage (s) | page outage (s) | acknowledged | missing\n--- | --- | --- | --- | ---\n',
  )
  for (const row of rows)
    process.stdout.write(
      `${row.fault} | ${row.write.toFixed(1)} | ${row.page.toFixed(1)} | ${row.acknowledged} | ${row.missing}\n`,
    )
} finally {
  await stage.close()
}

/** The balancer that carries the virtual IP. */
async function holder(stage: Stage): Promise<string> {
  for (const node of stage.spec.nodes.filter((entry) => entry.roles.includes('balancer'))) {
    const text = await stage.on(node.name, 'ip', '-o', '-4', 'addr', 'show').catch(() => '')
    if (text.includes(`${stage.spec.vip}/`)) return node.name
  }
  throw new Error('No balancer carries the virtual IP')
}
