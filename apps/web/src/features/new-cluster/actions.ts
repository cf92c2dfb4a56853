'use server'
import { ClusterSpec, HostKeyFingerprint, Ipv4, UnixUser } from '@bramble/cluster'
import { createCluster, requestProbe } from '@bramble/db/clusters'
import { revalidatePath } from 'next/cache'
import { z } from 'zod'
import { access } from '@/auth/access.ts'
import { type Outcome, outcome, refuse } from '@/format/outcome.ts'
import { wizard } from './copy.ts'

const Login = z.union([
  z.strictObject({ password: z.string().min(1).max(1024) }),
  z.strictObject({ privateKey: z.string().min(1).max(32_768) }),
])

const Test = z.strictObject({
  user: UnixUser,
  port: z.int().min(1).max(65_535),
  nodes: z
    // No login before the host key was compared: it could be sent to anybody.
    .array(
      z.union([
        z.strictObject({ address: Ipv4, hostKey: HostKeyFingerprint, login: Login }),
        z.strictObject({ address: Ipv4 }),
      ]),
    )
    .min(1)
    .max(32),
})
export type TestInput = z.infer<typeof Test>

/** Queues one connection test for each node: for its host key, or with that key for who it is. The ids come in the same order. */
export async function testConnections(input: TestInput): Promise<Outcome<{ ids: string[] }>> {
  const who = await access.require('operator')
  const parsed = Test.safeParse(input)
  if (!parsed.success) return refuse(wizard.invalid(parsed.error.issues[0]?.message ?? ''))
  const { user, port, nodes } = parsed.data
  return outcome(async () => ({
    ids: await Promise.all(
      nodes.map(({ address, ...trusted }) => {
        const known = 'hostKey' in trusted ? { hostKey: trusted.hostKey, ...trusted.login } : {}
        return requestProbe({ address, port, user, ...known, by: who.email })
      }),
    ),
  }))
}

// Without a router id of the user's own, the database chooses one that is free on this network.
const Create = z.strictObject({
  spec: ClusterSpec.omit({ vrid: true }),
  logins: z.record(z.string(), Login),
  /** True: cards will be written, so that neither logins nor host keys are there yet. */
  flash: z.boolean().default(false),
})
export type CreateInput = z.input<typeof Create>

export async function create(input: CreateInput): Promise<Outcome<{ name: string }>> {
  const who = await access.require('operator')
  const parsed = Create.safeParse(input)
  if (!parsed.success) return refuse(wizard.invalid(parsed.error.issues[0]?.message ?? ''))
  const made = await outcome(() => createCluster({ ...parsed.data, by: who.email }))
  if (made.ok) revalidatePath('/')
  return made
}
