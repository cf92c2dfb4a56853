'use server'
import { ClusterName, ServerSwitch } from '@bramble/cluster'
import { requestServerSwitch } from '@bramble/db/clusters'
import { z } from 'zod'
import { access } from '@/auth/access.ts'
import { type Outcome, outcome, refuse } from '@/format/outcome.ts'
import { serverSwitch } from './copy.ts'

const Switch = z.strictObject({
  cluster: ClusterName,
  ...ServerSwitch.pick({ backend: true, server: true, state: true, wait: true }).shape,
  typed: z.string().max(200),
})

/** Queues the switch on every balancer. `typed`: the server's name, when it is the last one that is up. */
export async function switchServer(input: z.input<typeof Switch>): Promise<Outcome<{ run: string }>> {
  const who = await access.require('operator')
  const asked = Switch.safeParse(input)
  if (!asked.success) return refuse(serverSwitch.invalid, serverSwitch.invalidCure)
  const { cluster, typed, ...change } = asked.data
  return outcome(async () => ({ run: await requestServerSwitch({ cluster, change, typed, by: who.email }) }))
}
