'use server'
import { ClusterName } from '@bramble/cluster'
import { requestBackup } from '@bramble/db/backups'
import { revealPassphrase } from '@bramble/db/secrets'
import { z } from 'zod'
import { access } from '@/auth/access.ts'
import { type Outcome, outcome, refuse } from '@/format/outcome.ts'
import { backups as words } from './copy.ts'

const Restore = z.strictObject({
  cluster: ClusterName,
  to: z.iso.datetime().nullable(),
  /** Looked at by the verb, which names the field. */
  from: z.record(z.string(), z.json()),
  secrets: z.strictObject({
    passphrase: z.string().max(256).optional(),
    key: z.string().max(256).optional(),
    secret: z.string().max(256).optional(),
  }),
  typed: z.string().max(200),
})

/** Queues a restore of another cluster's backups into this one. `typed`: this cluster's name. */
export async function askForeignRestore(input: z.infer<typeof Restore>): Promise<Outcome<{ run: string }>> {
  const who = await access.require('admin')
  const asked = Restore.safeParse(input)
  if (!asked.success) return refuse(words.invalid, words.invalidCure)
  const { cluster, to, from, secrets, typed } = asked.data
  return outcome(async () => ({
    run: await requestBackup({ cluster, request: { kind: 'restore', to, from }, secrets, typed, by: who.email }),
  }))
}

const Show = z.strictObject({ cluster: ClusterName })

/** The passphrase of the repository, for a person who keeps it elsewhere. */
export async function showPassphrase(input: z.infer<typeof Show>): Promise<Outcome<{ passphrase: string }>> {
  const who = await access.requireProof('admin')
  if ('ok' in who) return who
  const asked = Show.safeParse(input)
  if (!asked.success) return refuse(words.invalid, words.invalidCure)
  return outcome(async () => ({ passphrase: await revealPassphrase({ ...asked.data, by: who.email }) }))
}
