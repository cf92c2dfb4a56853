export * from './channels.ts'
export * from './conditions/index.ts'
export * from './connection-use.ts'
export * from './failover.ts'
export * from './figures.ts'
export { appOfBackend, backendOfApp, isKnownSubject, knownBackend, knownFrontend } from './known-subjects.ts'
export * from './metrics.ts'
export * from './read-only.ts'
export * from './recollection.ts'
export * from './response-times.ts'
export * from './rule-settings.ts'
export * from './rule-values.ts'
export {
  alertLevels,
  type Rule,
  type RuleTopic,
  ruleNames,
  ruleOf,
  ruleTopics,
  type Sight,
  type Threshold,
  type ThresholdName,
} from './rules/index.ts'
export * from './standing.ts'
export * from './state.ts'
export * from './summary.ts'
export * from './timeline.ts'
export * from './works.ts'
