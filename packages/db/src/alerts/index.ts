/** Alerts: rules, channels, deliveries, silences. */
export {
  addChannel,
  type ChannelView,
  changeChannel,
  listChannels,
  removeChannel,
  testChannel,
} from './alert-channels.ts'
export { changeRule, readRuleSettings } from './alert-rules.ts'
export { type AlertDecision, type AlertRow, type SilenceRow, settleAlerts } from './alert-settling.ts'
export { type AlertCount, type AlertView, countOpenAlerts, listAlerts, sweepAlerts } from './alerts.ts'
export {
  awaitDelivery,
  type ClaimedBatch,
  type ClaimedDelivery,
  claimDeliveries,
  type DeliveryResult,
  type DeliveryView,
  endDeliveries,
  listDeliveries,
  nextDelivery,
  type ToldAlert,
} from './deliveries.ts'
export { followAlerts } from './follow-alerts.ts'
export { claimHeartbeats, type DueHeartbeat, endHeartbeat } from './heartbeats.ts'
export { endSilence, type SilenceView, silenceAlerts, silencesOf } from './silences.ts'
