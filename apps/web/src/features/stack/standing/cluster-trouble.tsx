'use client'
/** On every tab of a cluster: its trouble shows in the browser's tab. */
import { TroubleMark } from '@/features/shell/trouble-mark.tsx'
import { useSpec, useWatch, useWatchContext } from '@/live/watch-provider.tsx'
import { useStanding } from './use-standing.ts'

const none: never[] = []

export function ClusterTrouble() {
  const spec = useSpec()
  const watch = useWatch()
  const { now } = useWatchContext()
  const { standing } = useStanding({ spec, watch, events: none, now })
  return <TroubleMark level={standing.stale ? 'warning' : standing.level} />
}
