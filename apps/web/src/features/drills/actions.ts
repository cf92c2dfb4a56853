'use server'
import { ClusterName, DrillClass } from '@bramble/cluster'
import { requestDrill } from '@bramble/db/runs'
import { z } from 'zod'
import { access } from '@/auth/access.ts'
import { type Outcome, outcome, refuse } from '@/format/outcome.ts'
import { drills as words } from './copy.ts'

const Asked = z.strictObject({ cluster: ClusterName, class: DrillClass, typed: z.string().max(200) })

/** Queues a drill. `typed`: the cluster's name, after the dialog said what it breaks. */
export async function startDrill(input: z.infer<typeof Asked>): Promise<Outcome<{ run: string }>> {
  const who = await access.require('operator')
  const asked = Asked.safeParse(input)
  if (!asked.success) return refuse(words.invalid, words.invalidCure)
  const { cluster, class: kind, typed } = asked.data
  return outcome(async () => ({ run: await requestDrill({ cluster, drill: { class: kind }, typed, by: who.email }) }))
}
