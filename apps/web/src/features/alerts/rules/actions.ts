'use server'
import { ClusterName, RuleName, RuleSetting } from '@bramble/cluster'
import { changeRule } from '@bramble/db/alerts'
import { revalidatePath } from 'next/cache'
import { z } from 'zod'
import { access } from '@/auth/access.ts'
import { ruleEditor } from '@/features/alerts/copy.ts'
import { type Outcome, outcome, refuse } from '@/format/outcome.ts'

const Change = z.strictObject({ cluster: ClusterName, rule: RuleName, setting: RuleSetting.nullable() })

/** `setting` null: the defaults again. */
export async function saveRule(asked: z.input<typeof Change>): Promise<Outcome> {
  const who = await access.require('admin')
  const parsed = Change.safeParse(asked)
  if (!parsed.success) return refuse(ruleEditor.invalid)
  const answer = await outcome(async () => {
    await changeRule({ ...parsed.data, by: who.email })
    return {}
  })
  revalidatePath('/alerts/rules')
  return answer
}
