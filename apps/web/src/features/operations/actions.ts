'use server'
import { ClusterName, Operation } from '@bramble/cluster'
import { keepPassword, requestOperation } from '@bramble/db/runs'
import { z } from 'zod'
import { access } from '@/auth/access.ts'
import { type Outcome, outcome, refuse } from '@/format/outcome.ts'
import { operate as words } from './copy.ts'

const Asked = z.strictObject({ cluster: ClusterName, operation: Operation, typed: z.string().max(200) })

/** Queues an operation on a cluster that serves. `typed`: the name that a destructive one is confirmed with. */
export async function operate(input: z.input<typeof Asked>): Promise<Outcome<{ run: string }>> {
  const who = await access.require('operator')
  const asked = Asked.safeParse(input)
  // An administrator asks for that one, and proves who they are: rotate-actions.ts.
  if (!asked.success || asked.data.operation.kind === 'rotate-secrets') return refuse(words.invalid, words.invalidCure)
  return outcome(async () => ({ run: await requestOperation({ ...asked.data, by: who.email }) }))
}

const Theirs = z.strictObject({ cluster: ClusterName, password: z.string().max(256) })

/** The password that somebody gave the application's user: kept sealed; the Pis get it by the next plan. */
export async function keepTheirs(input: z.input<typeof Theirs>): Promise<Outcome> {
  const who = await access.require('operator')
  const asked = Theirs.safeParse(input)
  if (!asked.success) return refuse(words.invalid, words.invalidCure)
  return outcome(async () => {
    await keepPassword({ ...asked.data, by: who.email })
    return {}
  })
}
