/** What people changed about the rules of a cluster. */
import { checkRuleSetting, RuleName, RuleSetting, type RuleSettings, ruleOf } from '@bramble/cluster'
import { audited } from '../audit/audit.ts'
import { prisma } from '../store/connection.ts'
import { isId } from '../store/ids.ts'
import { notify } from '../store/listen.ts'
import { Refusal } from '../store/refusal.ts'

/** By the cluster's id or name; a row that this Bramble cannot read counts as unchanged. */
export async function readRuleSettings(cluster: string): Promise<RuleSettings> {
  const rows = await prisma().alertRule.findMany({
    where: isId(cluster) ? { clusterId: cluster } : { cluster: { name: cluster } },
  })
  const settings: RuleSettings = {}
  for (const row of rows) {
    const rule = RuleName.safeParse(row.rule)
    const setting = RuleSetting.safeParse(row.setting)
    if (rule.success && setting.success) settings[rule.data] = setting.data
  }
  return settings
}

/** `null`: the defaults again. Refusal `cluster-unknown`, `rule-invalid`. */
export async function changeRule(input: {
  cluster: string
  rule: RuleName
  setting: RuleSetting | null
  by: string
}): Promise<void> {
  const { cluster, by } = input
  const detail = `${input.rule}: ${input.setting ? JSON.stringify(input.setting) : 'defaults'}`
  await audited({ who: by, what: 'alert.rule', target: cluster, detail }, async () => {
    const rule = RuleName.safeParse(input.rule)
    const parsed = RuleSetting.nullable().safeParse(input.setting)
    const wrong = !rule.success
      ? 'This rule does not exist.'
      : !parsed.success
        ? parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}.`).join(' ')
        : parsed.data && checkRuleSetting(rule.data, parsed.data)
    if (wrong || !rule.success || !parsed.success)
      throw new Refusal('rule-invalid', wrong || 'The rule cannot be read.', 'Correct it and try again.')
    const row = await prisma().cluster.findUnique({ where: { name: cluster }, select: { id: true } })
    if (!row) throw new Refusal('cluster-unknown', `There is no cluster ${cluster}.`, 'Reload the page.')
    const key = { clusterId: row.id, rule: rule.data }
    const setting = parsed.data && withoutDefaults(rule.data, parsed.data)
    if (setting === null) await prisma().alertRule.deleteMany({ where: key })
    else
      await prisma().alertRule.upsert({
        where: { clusterId_rule: key },
        create: { ...key, setting, changedBy: by },
        update: { setting, changedBy: by },
      })
    await notify('bramble_alert', row.id)
  })
}

/** What equals the default is not kept, so that it follows a better default later; null: nothing is left. */
function withoutDefaults(name: RuleName, { enabled, holds, thresholds }: RuleSetting): RuleSetting | null {
  const rule = ruleOf(name)
  const changed = Object.entries(thresholds ?? {}).filter(([key, value]) => rule.thresholds[key]?.value !== value)
  const setting = {
    ...(enabled === false ? { enabled } : {}),
    ...(holds !== undefined && holds !== rule.holds ? { holds } : {}),
    ...(changed.length > 0 ? { thresholds: Object.fromEntries(changed) } : {}),
  }
  return Object.keys(setting).length > 0 ? setting : null
}
