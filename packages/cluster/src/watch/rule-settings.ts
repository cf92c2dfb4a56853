/** What a person changed about the rules of a cluster. What is left out follows the defaults, also when those change. */
import { z } from 'zod'
import { RuleName, ruleNames, ruleOf, type Threshold, type ThresholdName } from './rules/index.ts'

export const longestHold = 86_400

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

/** Null, or what is wrong with the change, as a sentence. */
export function checkRuleSetting(name: RuleName, setting: RuleSetting): string | null {
  const rule = ruleOf(name)
  for (const [key, value] of Object.entries(setting.thresholds ?? {})) {
    const threshold = rule.thresholds[key]
    if (!threshold) return `The rule “${rule.title}” has no threshold ${key}.`
    if (!(value >= threshold.least && value <= threshold.most))
      return `“${threshold.label}” of “${rule.title}” must be from ${threshold.least} to ${threshold.most}.`
  }
  const settings = { [name]: setting }
  const { warning, critical } = thresholdsOf(name, settings)
  if (warning === undefined || critical === undefined) return null
  // The time before the end of a certificate counts down: less is worse.
  const falling = name === 'certificate-ending'
  if (falling ? critical <= warning : critical >= warning) return null
  return `“Critical” of “${rule.title}” must not come before “Warning”.`
}

export const isEnabled = (name: RuleName, settings: RuleSettings = {}): boolean => settings[name]?.enabled ?? true

export const holdsFor = (name: RuleName, settings: RuleSettings = {}): number =>
  settings[name]?.holds ?? ruleOf(name).holds

export function limitOf<R extends RuleName>(name: R, threshold: ThresholdName<R>, settings: RuleSettings = {}): number {
  return thresholdsOf(name, settings)[threshold]!
}

export function thresholdsOf(name: RuleName, settings: RuleSettings = {}): Record<string, number> {
  const changed = settings[name]?.thresholds ?? {}
  const entries = Object.entries<Threshold>(ruleOf(name).thresholds)
  return Object.fromEntries(entries.map(([key, { value }]) => [key, changed[key] ?? value]))
}

/** The rules that a person changed. */
export const changedRules = (settings: RuleSettings): RuleName[] => ruleNames.filter((name) => settings[name])
