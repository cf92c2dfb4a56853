/**
 * Showing a stored secret to a person. The dashboard cannot open it: a worker does, writes it down, and seals it to a key
 * that was made for this one answer.
 */
import { randomUUID } from 'node:crypto'
import { audited, recordAudit } from '../audit/audit.ts'
import { changes } from '../store/changes.ts'
import { pool, prisma } from '../store/connection.ts'
import { notify } from '../store/listen.ts'
import { queue } from '../store/queue.ts'
import { Refusal } from '../store/refusal.ts'
import { specOf, withNodes } from '../store/specs.ts'
import { TroubleView } from '../store/trouble.ts'
import { makeKeyPair, openWith, sealFor } from './sealed-box.ts'
import { issuedSecrets } from './secrets.ts'

const place = (id: string): string => `reveal/${id}`

/**
 * The passphrase of a cluster's backups, for a person who writes it down. `patienceMs`: how long a worker may take.
 * Refusal `cluster-unknown`, `no-passphrase`, `no-worker`.
 */
export async function revealPassphrase(input: { cluster: string; by: string; patienceMs?: number }): Promise<string> {
  const { cluster: name, by, patienceMs = 20_000 } = input
  const cluster = await prisma().cluster.findUnique({ where: { name }, select: { id: true } })
  if (!cluster) {
    const refusal = new Refusal('cluster-unknown', `There is no cluster ${name}.`, 'Reload the page.')
    return audited({ who: by, what: 'backup.passphrase', target: name }, () => Promise.reject(refusal))
  }
  const { publicKey, privateKey } = makeKeyPair()
  const id = randomUUID()
  await prisma().reveal.create({
    data: { id, clusterId: cluster.id, requestedBy: by, publicKey: new Uint8Array(publicKey) },
  })
  try {
    await queue().add({ kind: 'reveal', id }, `reveal-${id}`)
    for await (const _ of changes([['bramble_reveal', id]], AbortSignal.timeout(patienceMs))) {
      const row = await prisma().reveal.findUnique({ where: { id } })
      if (row?.answer) return openWith(privateKey, row.answer, place(id)).toString('utf8')
      const trouble = TroubleView.safeParse(row?.trouble).data
      if (trouble) throw new Refusal(trouble.code, trouble.message, trouble.cure)
    }
  } finally {
    await prisma().reveal.deleteMany({ where: { id } })
  }
  await recordAudit({ who: by, what: 'backup.passphrase', target: name, outcome: 'failed', detail: 'no worker' })
  throw new Refusal(
    'no-worker',
    'No worker has answered.',
    'Check that the worker runs (./bramble up starts it), then try again.',
  )
}

/** For the worker: answers once. The audit is written here, where the secret is opened. */
export async function answerReveal(id: string): Promise<void> {
  const { rowCount } = await pool().query(
    `update reveal set taken = true where id = $1 and not taken and created_at > now() - interval '1 minute'`,
    [id],
  )
  const row = rowCount === 1 ? await prisma().reveal.findUnique({ where: { id } }) : null
  if (!row) return
  const cluster = await prisma().cluster.findUniqueOrThrow({ where: { id: row.clusterId }, include: withNodes })
  try {
    const text = await audited({ who: row.requestedBy, what: 'backup.passphrase', target: cluster.name }, async () => {
      const found = (await issuedSecrets(cluster.id))['backup.passphrase']
      if (found && specOf(cluster).backup?.encrypted) return found
      throw new Refusal(
        'no-passphrase',
        `The backups of ${cluster.name} have no passphrase.`,
        'They are not encrypted, or no backup was set up yet.',
      )
    })
    const answer = new Uint8Array(sealFor(row.publicKey, Buffer.from(text), place(id)))
    await prisma().reveal.updateMany({ where: { id }, data: { answer } })
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    const { code, message, cure } = error
    await prisma().reveal.updateMany({ where: { id }, data: { trouble: { code, message, cure } } })
  }
  await notify('bramble_reveal', id)
}

/** Takes away what nobody read. */
export async function sweepReveals(): Promise<void> {
  await pool().query(`delete from reveal where created_at < now() - interval '5 minutes'`)
}
