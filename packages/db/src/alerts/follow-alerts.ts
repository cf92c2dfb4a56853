/** Following the open alerts. */

import { listChanges } from '../store/changes.ts'
import { sharedView } from '../store/shared-view.ts'
import { type AlertView, listAlerts } from './alerts.ts'

/** The open alerts of one cluster (its name) or of all as they are, then again after each change. */
export function followAlerts(input: {
  cluster?: string | undefined
  signal: AbortSignal
}): AsyncGenerator<AlertView[]> {
  const list = async () => (await listAlerts({ cluster: input.cluster, open: true })).alerts
  const subject = `alerts ${input.cluster ?? ''}`
  return sharedView(subject, (stop) => listChanges([['bramble_alert', null]], list, stop), input.signal)
}
