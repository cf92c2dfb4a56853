'use server'
import { ClusterName, HostKeyFingerprint, Ipv4, NodeName } from '@bramble/cluster'
import { addNode, removeNode, replaceNode } from '@bramble/db/clusters'
import { revalidatePath } from 'next/cache'
import { z } from 'zod'
import { access } from '@/auth/access.ts'
import { type Outcome, outcome, refuse } from '@/format/outcome.ts'
import { members as words } from './copy.ts'

const Login = z.union([
  z.strictObject({ password: z.string().min(1).max(1024) }),
  z.strictObject({ privateKey: z.string().min(1).max(16_384) }),
])
const Arrival = z.strictObject({
  name: NodeName,
  address: Ipv4,
  /** Both are missing when its card is still to be written. */
  hostKey: HostKeyFingerprint.optional(),
  login: Login.optional(),
})

const Add = z.strictObject({ cluster: ClusterName, node: Arrival })

/** The Pi becomes a part of the spec, with proposed roles; nothing is done to any Pi. */
export async function addPi(input: z.input<typeof Add>): Promise<Outcome> {
  const who = await access.require('operator')
  const asked = Add.safeParse(input)
  if (!asked.success) return refuse(words.invalid(asked.error.issues[0]?.message ?? ''), words.invalidCure)
  const { cluster, node } = asked.data
  return changed(cluster, () => addNode({ cluster, node: given(node), by: who.email }))
}

const Replace = z.strictObject({ cluster: ClusterName, node: Arrival, typed: z.string().max(200) })

/** Another Pi or another card under the same name. `typed`: that name. */
export async function replacePi(input: z.input<typeof Replace>): Promise<Outcome> {
  const who = await access.require('operator')
  const asked = Replace.safeParse(input)
  if (!asked.success) return refuse(words.invalid(asked.error.issues[0]?.message ?? ''), words.invalidCure)
  const { cluster, node, typed } = asked.data
  return changed(cluster, () => replaceNode({ cluster, node: given(node), typed, by: who.email }))
}

const Remove = z.strictObject({ cluster: ClusterName, node: NodeName, typed: z.string().max(200) })

/** The Pi gives its roles to others; the next run takes it out. `typed`: its name. */
export async function removePi(input: z.input<typeof Remove>): Promise<Outcome> {
  const who = await access.require('operator')
  const asked = Remove.safeParse(input)
  if (!asked.success) return refuse(words.invalid(asked.error.issues[0]?.message ?? ''), words.invalidCure)
  const { cluster } = asked.data
  return changed(cluster, () => removeNode({ ...asked.data, by: who.email }))
}

function given({ name, address, hostKey, login }: z.infer<typeof Arrival>) {
  return { name, address, ...(hostKey ? { hostKey } : {}), ...(login ? { login } : {}) }
}

async function changed(cluster: string, work: () => Promise<unknown>): Promise<Outcome> {
  const made = await outcome(async () => {
    await work()
    return {}
  })
  if (made.ok) revalidatePath(`/clusters/${cluster}`, 'layout')
  return made
}
