'use server'
import { AppName, ClusterName } from '@bramble/cluster'
import { requestAppCommand } from '@bramble/db/apps'
import { z } from 'zod'
import { access } from '@/auth/access.ts'
import { type Outcome, outcome, refuse } from '@/format/outcome.ts'
import { apps as words } from '../copy.ts'

const Command = z.strictObject({ cluster: ClusterName, app: AppName, command: z.string().max(10_000) })

export async function runAppCommand(input: z.infer<typeof Command>): Promise<Outcome<{ run: string }>> {
  const who = await access.require('operator')
  const asked = Command.safeParse(input)
  if (!asked.success) return refuse(words.invalid, words.invalidCure)
  return outcome(async () => ({ run: await requestAppCommand({ ...asked.data, by: who.email }) }))
}
