'use server'
import { BackupRequest, ClusterName } from '@bramble/cluster'
import { changeBackups, requestBackup } from '@bramble/db/backups'
import { requestRun } from '@bramble/db/runs'
import { z } from 'zod'
import { access } from '@/auth/access.ts'
import { type Outcome, outcome, refuse } from '@/format/outcome.ts'
import { backups as words } from './copy.ts'

const Ask = z.strictObject({ cluster: ClusterName, request: BackupRequest })

/** Queues a backup or a drill: nothing is lost by either. */
export async function askBackup(input: z.infer<typeof Ask>): Promise<Outcome<{ run: string }>> {
  const who = await access.require('operator')
  const asked = Ask.safeParse(input)
  if (!asked.success || asked.data.request.kind === 'restore') return refuse(words.invalid, words.invalidCure)
  return outcome(async () => ({ run: await requestBackup({ ...asked.data, by: who.email }) }))
}

const Restore = z.strictObject({
  cluster: ClusterName,
  to: z.iso.datetime().nullable(),
  typed: z.string().max(200),
})

/** Queues a restore in place. `typed`: the cluster's name. */
export async function askRestore(input: z.infer<typeof Restore>): Promise<Outcome<{ run: string }>> {
  const who = await access.require('admin')
  const asked = Restore.safeParse(input)
  if (!asked.success) return refuse(words.invalid, words.invalidCure)
  const { cluster, to, typed } = asked.data
  return outcome(async () => ({
    run: await requestBackup({ cluster, request: { kind: 'restore', to }, typed, by: who.email }),
  }))
}

const Save = z.strictObject({
  cluster: ClusterName,
  /** Looked at by the verb, which names the field. */
  backup: z.record(z.string(), z.json()).nullable(),
  keys: z.strictObject({ key: z.string().max(256), secret: z.string().max(256) }).optional(),
})

/** Saves the section of the spec and queues a plan; it changes nothing on the Pis. */
export async function saveBackups(input: z.infer<typeof Save>): Promise<Outcome<{ run: string }>> {
  const who = await access.requireProof('admin')
  if ('ok' in who) return who
  const asked = Save.safeParse(input)
  if (!asked.success) return refuse(words.invalid, words.invalidCure)
  const { cluster, backup, keys } = asked.data
  return outcome(async () => {
    await changeBackups({ cluster, backup, keys, by: who.email })
    return { run: await requestRun({ cluster, request: { kind: 'plan' }, by: who.email }) }
  })
}
