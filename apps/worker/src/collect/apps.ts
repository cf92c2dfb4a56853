/** Apps on a node: the memory of their processes, and how often systemd started them again of late. */
import type { AppOnNode, Sample } from '@bramble/cluster'
import { z } from 'zod'
import { type Asked, measured, type Reading } from './reading.ts'

export const Apps = z
  .array(
    z.object({
      app: z.string().max(100),
      slot: z.enum(['a', 'b']),
      process: z.string().max(100),
      /** systemd's word. */
      active: z.string().max(50),
      /** Since it was started by hand or by a deploy. */
      restarts: z.int(),
      /** Of those that were seen: because its memory was used up. */
      killed: z.int(),
      /** Bytes; null: it does not run, or the kernel holds it to no limit. */
      memory: z.number().nullable(),
      limit: z.number().nullable(),
    }),
  )
  .max(1_000)
export type Apps = z.infer<typeof Apps>
type Process = Apps[number]

/** What began again between two looks, by app. */
export type AppStarts = Record<string, { restarts: number; killed: number }>

/** Seconds of `AppOnNode.lately`. */
export const startsWindow = 600

/** `starts`: of the looks before. Those that are returned have this one's. */
export function collectApps(
  { node, now, before }: Asked<Apps>,
  starts: readonly Reading<AppStarts>[],
): { state: { state: Record<string, AppOnNode>; starts: readonly Reading<AppStarts>[] }; samples: Sample[] } {
  const own = startsBetween(before?.value ?? null, now.value)
  const all = Object.keys(own).length > 0 ? [...starts, { value: own, since: now.since }] : starts
  const names = [...new Set(now.value.map(({ app }) => app))]
  const state = Object.fromEntries(names.map((app) => [app, stateOf(app, now.value, all)]))
  const samples = names.map((name): Sample => ({ kind: 'app', node, name, values: valuesOf(state[name]!) }))
  return { state: { state, starts: all }, samples }
}

function startsBetween(before: Apps | null, now: Apps): AppStarts {
  const found: AppStarts = {}
  if (!before) return found
  const then = new Map(before.map((process) => [keyOf(process), process]))
  for (const process of now) {
    const was = then.get(keyOf(process))
    const restarts = risen(was?.restarts, process.restarts)
    const killed = risen(was?.killed, process.killed)
    if (restarts === 0 && killed === 0) continue
    const sum = found[process.app] ?? { restarts: 0, killed: 0 }
    found[process.app] = { restarts: sum.restarts + restarts, killed: sum.killed + killed }
  }
  return found
}

const keyOf = ({ app, slot, process }: Process) => `${app}/${slot}/${process}`

/** systemd counts anew when a person, or a deploy, starts the unit. */
const risen = (before: number | undefined, now: number): number =>
  before === undefined || now < before ? now : now - before

function stateOf(app: string, all: Apps, starts: readonly Reading<AppStarts>[]): AppOnNode {
  const own = all.filter((process) => process.app === app)
  const sizes = own.flatMap(({ memory }) => memory ?? [])
  const total = (of: 'restarts' | 'killed') => starts.reduce((sum, { value }) => sum + (value[app]?.[of] ?? 0), 0)
  const held = own
    .flatMap(({ process, memory, limit }) => (memory !== null && limit ? [{ process, used: memory, limit }] : []))
    .sort((a, b) => b.used / b.limit - a.used / a.limit)
  return {
    memory: sizes.length > 0 ? sizes.reduce((sum, size) => sum + size, 0) : null,
    nearest: held[0] ?? null,
    processes: own.filter(({ active }) => active === 'active').length,
    lately: { restarts: total('restarts'), killed: total('killed') },
  }
}

const valuesOf = ({ memory, nearest, processes, lately }: AppOnNode) =>
  measured({
    memory,
    memoryUse: nearest ? Math.min(1, nearest.used / nearest.limit) : null,
    processes,
    restarts: lately.restarts,
    memoryKills: lately.killed,
  })
