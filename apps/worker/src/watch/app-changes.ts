/** What happened to apps between two looks: nobody answers for one, it answers again, its processes were started again. Pure. */
import {
  type AppOnNode,
  type ClusterSpec,
  type ClusterWatch,
  frontDoor,
  stateOf,
  type TimelineEvent,
} from '@bramble/cluster'
import type { Told } from './told.ts'

type Linked = Pick<TimelineEvent, 'kind'> & Partial<Pick<TimelineEvent, 'link'>>

const pageOf = (spec: ClusterSpec, app: string) => `/clusters/${spec.name}/apps/${app}`

/** Apps that were told as down, and not yet as back. `events` oldest first. */
export function downFrom(spec: ClusterSpec, events: readonly Linked[]): ReadonlySet<string> {
  const names = (spec.apps ?? []).map(({ name }) => name)
  const isOf = (app: string, { kind, link }: Linked) =>
    (kind === 'app-down' || kind === 'app-back') && link === pageOf(spec, app)
  return new Set(names.filter((app) => events.filter((event) => isOf(app, event)).at(-1)?.kind === 'app-down'))
}

/** `lasts`: whether that was so at the looks before as well. */
export function appChanges(
  spec: ClusterSpec,
  known: ReadonlySet<string>,
  { before, after }: { before: ClusterWatch; after: ClusterWatch },
  lasts: (app: string, isDown: boolean) => boolean,
): { told: Told[]; down: ReadonlySet<string> } {
  const down = new Set(known)
  const servers = frontDoor(spec, after)?.haproxy.apps
  const told = (spec.apps ?? []).flatMap(({ name }): Told[] => {
    const seen = servers?.[name]
    const events = restartsOf(spec, name, before, after)
    // Without servers in service it was stopped or removed on purpose.
    if (servers && seen?.up === 0 && seen.down === 0) down.delete(name)
    const isDown = seen !== undefined && seen.up === 0 && seen.down > 0
    if (lasts(name, isDown) && !down.has(name)) {
      down.add(name)
      events.push(['app-down', 'critical', null, `The app ${name} answers on none of its nodes.`, pageOf(spec, name)])
    } else if (seen && seen.up > 0 && down.delete(name))
      events.push(['app-back', 'good', null, `The app ${name} answers again.`, pageOf(spec, name)])
    return events
  })
  return { told, down }
}

/** One that keeps ending is told once, until it has run for 10 minutes. */
function restartsOf(spec: ClusterSpec, app: string, before: ClusterWatch, after: ClusterWatch): Told[] {
  return spec.nodes.flatMap(({ name: node }): Told[] => {
    const [then, now] = [onNode(before, node, app), onNode(after, node, app)]
    if (!now || now.lately.restarts === 0 || !then || then.lately.restarts > 0) return []
    const memory = now.lately.killed > 0 ? ' because its memory was used up' : ''
    const words = `A process of ${app} ended on ${node}${memory}, and was started again.`
    return [['app-restarted', 'warning', node, words, pageOf(spec, app)]]
  })
}

const onNode = (watch: ClusterWatch, node: string, app: string): AppOnNode | undefined =>
  stateOf(watch, node)?.apps?.[app]
