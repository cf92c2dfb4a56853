/** Fills a cluster of a running Bramble, and may go on as its watcher would. */
import { setTimeout as sleep } from 'node:timers/promises'
import {
  type ClusterSpec,
  metricNames,
  type NewTimelineEvent,
  type NodeState,
  nodesWith,
  type Sample,
  type Subject,
} from '@bramble/cluster'
import { wellAt } from '@bramble/cluster/specimen'
import { getCluster } from '../src/clusters/index.ts'
import { disconnect } from '../src/index.ts'
import { claimWatch, keepPartitions, recordEvents, recordTick, releaseWatch, rollUp } from '../src/metrics/index.ts'
import { findCluster } from '../src/metrics/watch.ts'
import { type Away, makeUp } from './made-up.ts'
import { shapeOf } from './shapes.ts'
import { subjectsOf } from './subjects.ts'

const hour = 3600
const tickMs = 5_000
const tell = (words: string) => process.stdout.write(`${words}\n`)

export async function fillCluster(input: { name: string; days: number; live: boolean }): Promise<void> {
  const { id } = await findCluster(input.name)
  const { spec } = (await getCluster(input.name))!
  const now = Date.now() / 1000
  const away = awayOf(spec, now)
  await keepPartitions()
  await makeUp({ cluster: id, subjects: subjectsOf(spec), now, days: input.days, away, tell })
  await recordEvents({ cluster: id, events: eventsOf(spec, away) })
  if (input.live) await goOn(id, spec)
  await disconnect()
}

/** The first copy was away for a while this morning and longer last week; so was the last Pi. */
function awayOf(spec: ClusterSpec, now: number): Away[] {
  const first = nodesWith(spec, 'postgres')[0]?.name ?? spec.nodes[0]!.name
  const last = spec.nodes.at(-1)!.name
  return [
    { node: last, from: now - 0.6 * hour, to: now - 0.4 * hour },
    { node: first, from: now - 5 * hour, to: now - 4.2 * hour },
    { node: last, from: now - 60 * hour, to: now - 58 * hour },
    { node: first, from: now - 220 * hour, to: now - 212 * hour },
  ]
}

function eventsOf(spec: ClusterSpec, away: readonly Away[]): NewTimelineEvent[] {
  const iso = (seconds: number) => new Date(seconds * 1000).toISOString()
  const copies = nodesWith(spec, 'postgres').map(({ name }) => name)
  const event = (
    kind: NewTimelineEvent['kind'],
    level: NewTimelineEvent['level'],
    at: number,
    node: string,
    words: string,
  ) => {
    return { at: iso(at), until: null, kind, level, node, words, link: null }
  }
  return away.flatMap(({ node, from, to }) => [
    { ...event('node-away', 'critical', from, node, `${node} does not answer.`), until: iso(to) },
    event('node-back', 'good', to, node, `${node} answers again.`),
    ...(copies[0] === node && copies[1]
      ? [
          { ...event('primary-lost', 'critical', from, node, 'No node accepts writes.'), until: iso(from + 22) },
          event(
            'primary-changed',
            'info',
            from + 22,
            copies[1],
            `${copies[1]} became the primary; it was ${node} before.`,
          ),
          event('primary-changed', 'info', to + 900, node, `${node} became the primary; it was ${copies[1]} before.`),
        ]
      : []),
  ])
}

/** Ticks as the watcher writes them, until SIGINT. */
async function goOn(cluster: string, spec: ClusterSpec): Promise<void> {
  const owner = `history-bench-${process.pid}`
  if (!(await claimWatch({ cluster, owner })))
    throw new Error('A worker watches this cluster already: its true figures go on by themselves.')
  let ending = false
  process.once('SIGINT', () => {
    ending = true
  })
  tell('A tick each 5 s from now on; Ctrl-C ends it.')
  for (let last = 0; !ending; await sleep(tickMs - (Date.now() % tickMs))) {
    const at = new Date()
    await claimWatch({ cluster, owner })
    const samples = subjectsOf(spec).map((subject, place) => sampleOf(subject, place, at.getTime() / 1000))
    const states = wellAt(spec, at.toISOString()).states.map((state) => withFigures(state, samples))
    await recordTick({ cluster, at, states, samples, events: [] })
    const minute = Math.floor(at.getTime() / 60_000)
    if (minute !== last) await rollUp()
    last = minute
  }
  await releaseWatch({ cluster, owner })
}

export function sampleOf(subject: Subject, place: number, time: number): Sample {
  const wave =
    0.3 + 0.2 * Math.sin((time / 86_400 + place * 0.05) * 6.2832) + 0.12 * Math.sin(time / (1500 + place * 37))
  const values = metricNames(subject.kind).map((metric) => {
    const [low, high] = shapeOf(subject.kind, metric)
    return [metric, low + (high - low) * Math.min(1, Math.max(0, wave + 0.1 * Math.random() - 0.05))]
  })
  return { ...subject, values: Object.fromEntries(values) } as Sample
}

/** The state's figures are those of the node's sample, as they are in life. */
function withFigures(state: NodeState, samples: readonly Sample[]): NodeState {
  const sample = samples.find(({ kind, node }) => kind === 'node' && node === state.node)
  if (sample?.kind !== 'node' || !state.machine) return state
  const { cpu, load1, memoryUsed, temperature } = sample.values
  const { machine } = state
  return {
    ...state,
    machine: {
      ...machine,
      cpu: cpu ?? machine.cpu,
      load1: load1 ?? machine.load1,
      memoryUsed: memoryUsed ?? machine.memoryUsed,
      temperature: temperature ?? machine.temperature,
    },
  }
}
