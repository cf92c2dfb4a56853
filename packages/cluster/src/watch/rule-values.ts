/** What holds for a rule: its defaults, and what a person changed. */
import type { RuleSetting, RuleSettings } from './rule-settings.ts'
import { type RuleName, ruleNames, ruleOf, type Threshold, type ThresholdName } from './rules/index.ts'

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
