/** The gravest standing of several clusters. Pure. */
import {
  type ClusterSpec,
  type ClusterWatch,
  conditionsOf,
  type Level,
  nothingSeen,
  standingOf,
} from '@bramble/cluster'

const order: readonly Level[] = ['unknown', 'good', 'info', 'warning', 'critical']

export function worstOf(clusters: readonly { spec: ClusterSpec; watch: ClusterWatch }[]): Level {
  const levels = clusters.map(({ spec, watch }) => {
    const now = new Date(watch.at ?? 0)
    const troubles = watch.at === null ? [] : conditionsOf({ spec, watch, now })
    return standingOf({ spec, watch, past: nothingSeen, now, troubles }).level
  })
  return levels.reduce((worst, level) => (order.indexOf(level) > order.indexOf(worst) ? level : worst), 'unknown')
}
