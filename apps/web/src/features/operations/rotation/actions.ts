'use server'
import { ClusterName } from '@bramble/cluster'
import { requestOperation } from '@bramble/db/runs'
import { z } from 'zod'
import { access } from '@/auth/access.ts'
import { operate as words } from '@/features/operations/copy.ts'
import { type Outcome, outcome, refuse } from '@/format/outcome.ts'

const Rotate = z.strictObject({
  cluster: ClusterName,
  application: z.boolean(),
  sftp: z.boolean(),
  typed: z.string().max(200),
})

/** Queues the rotation of all secrets, or continues one that is open. `typed`: the cluster's name. */
export async function rotateSecrets(input: z.infer<typeof Rotate>): Promise<Outcome<{ run: string }>> {
  const who = await access.requireProof('admin')
  if ('ok' in who) return who
  const asked = Rotate.safeParse(input)
  if (!asked.success) return refuse(words.invalid, words.invalidCure)
  const { cluster, application, sftp, typed } = asked.data
  const operation = { kind: 'rotate-secrets', application, sftp }
  return outcome(async () => ({ run: await requestOperation({ cluster, operation, typed, by: who.email }) }))
}
