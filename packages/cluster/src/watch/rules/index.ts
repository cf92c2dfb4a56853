/** What an alert can be about, how long it must hold before anybody is told, and from which value on. Docs: alerts.md. */
import { apps } from './apps.ts'
import { board } from './board.ts'
import { bramble } from './bramble.ts'
import { database } from './database.ts'
import { nodes } from './nodes.ts'
import { quorum } from './quorum.ts'
import type { Rule } from './rule.ts'
import { traffic } from './traffic.ts'

export { type AlertLevel, alertLevels, type Rule, type Sight, type Threshold } from './rule.ts'

/** By what they watch, as the rules page and the docs list them. */
const topics = { nodes, quorum, database, traffic, apps, board, bramble }
export type RuleTopic = keyof typeof topics

const rules = { ...nodes, ...quorum, ...database, ...traffic, ...apps, ...board, ...bramble }

export type RuleName = keyof typeof rules
export const ruleNames = Object.keys(rules) as [RuleName, ...RuleName[]]
export type ThresholdName<R extends RuleName> = Extract<keyof (typeof rules)[R]['thresholds'], string>

export const ruleOf = (name: RuleName): Rule => rules[name]

export const ruleTopics = Object.fromEntries(
  Object.entries(topics).map(([topic, own]) => [topic, Object.keys(own)]),
) as Record<RuleTopic, RuleName[]>
