/** What a person changed about the rules of a cluster. What is left out follows the defaults, also when those change. */
import { z } from 'zod'
import { alertLevels, ruleNames } from './rules/index.ts'

export const AlertLevel = z.enum(alertLevels)
export type AlertLevel = z.infer<typeof AlertLevel>

export const RuleName = z.enum(ruleNames)
export type RuleName = z.infer<typeof RuleName>

/** Seconds: 30 days. */
export const longestHold = 2_592_000

/** One rule's change. Values outside the bounds are refused by `checkRuleSetting`. */
export const RuleSetting = z.strictObject({
  enabled: z.boolean().optional(),
  /** Seconds. */
  holds: z.int().min(0).max(longestHold).optional(),
  thresholds: z.record(z.string().max(20), z.number()).optional(),
})
export type RuleSetting = z.infer<typeof RuleSetting>

export const RuleSettings = z.partialRecord(RuleName, RuleSetting)
export type RuleSettings = z.infer<typeof RuleSettings>
