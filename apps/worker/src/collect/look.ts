/** One look at a node becomes its state and samples. Pure: what has to be remembered between two looks is handed on. */
import type { NodeSpec, NodeState, Role, Sample } from '@bramble/cluster'
import type { Look } from '@bramble/provision'
import type { z } from 'zod'
import { type AppStarts, Apps, collectApps, startsWindow } from './apps.ts'
import { collectEtcd, EtcdFigures, EtcdHealth, EtcdStatus, figuresWindow } from './etcd.ts'
import { collectHaproxy, Haproxy } from './haproxy.ts'
import { Board, CardHealth, collectMachine, Machine, Units, Upgrades, Upkeep } from './node.ts'
import { collectPatroni, Members, Patroni } from './patroni.ts'
import { collectPostgres, Postgres, PostgresHeavy } from './postgres.ts'
import type { Reading } from './reading.ts'
import { collectWeb, Web } from './web.ts'

const sources = {
  machine: Machine,
  board: Board,
  card: CardHealth,
  units: Units,
  upkeep: Upkeep,
  upgrades: Upgrades,
  haproxy: Haproxy,
  patroni: Patroni,
  members: Members,
  etcd: EtcdStatus,
  etcdHealth: EtcdHealth,
  etcdFigures: EtcdFigures,
  postgres: Postgres,
  postgresHeavy: PostgresHeavy,
  web: Web,
  apps: Apps,
} as const
type Sources = typeof sources
type Said<K extends keyof Sources> = z.infer<Sources[K]>

/** What was said last, by source, and what else the next look needs. */
export interface Kept {
  readings: { [K in keyof Sources]?: Reading<Said<K>> }
  /** etcd's metrics of the last minutes, oldest first. */
  figures: readonly Reading<EtcdFigures>[]
  own: Reading<number>
  /** Restarts of processes of apps in the last minutes, oldest first. */
  starts: readonly Reading<AppStarts>[]
}

export interface Collected {
  state: NodeState
  samples: Sample[]
  kept: Kept
}

/** Seconds after which what a source said that is asked rarely is not believed any more. */
const membersAge = 45
const heavyAge = 300

/** `kept`: of the look before; null at the first, and when the node or the worker came back. */
export function collectLook(node: NodeSpec, look: Look, kept: Kept | null): Collected {
  const { since } = look
  const readings = readingsOf(look, kept)
  const silent: NodeState['silent'] = {}
  const samples: Sample[] = []

  const own: Reading<number> = { value: look.own.cpu, since }
  const figures = figuresOf(readings.etcdFigures, kept?.figures ?? [], since)

  /** A part that a role has, or why it says nothing. */
  function part<K extends keyof Sources & keyof NodeState['silent'], T>(
    name: K,
    role: Role | null,
    collect: (now: Reading<Said<K>>, before: Reading<Said<K>> | null) => { state: T; samples: Sample[] },
  ): T | null {
    if (role && !node.roles.includes(role)) return null
    const now = readings[name] as Reading<Said<K>> | undefined
    if (now?.since !== since) {
      silent[name] = look.sources[name]?.silent ?? 'Bramble does not understand its response'
      return null
    }
    const collected = collect(now, (kept?.readings[name] as Reading<Said<K>> | undefined) ?? null)
    samples.push(...collected.samples)
    return collected.state
  }
  const at = { node: node.name }
  const fresh = <K extends keyof Sources>(name: K, age = Number.POSITIVE_INFINITY): Said<K> | null => {
    const reading = readings[name] as Reading<Said<K>> | undefined
    return reading && since - reading.since <= age ? reading.value : null
  }

  const machine = part('machine', null, (now, before) =>
    collectMachine(
      { ...at, now, before },
      {
        board: fresh('board', 30),
        card: fresh('card'),
        units: fresh('units', 120),
        upkeep: fresh('upkeep'),
        upgrades: fresh('upgrades'),
        clockOffset: clockOffset(look),
        roundTrip: look.roundTrip,
        watchCpu: cpuShare(own, kept?.own ?? null),
        watchMemory: look.own.memory,
      },
    ),
  )
  const postgres = part('postgres', 'postgres', (now, before) =>
    collectPostgres({ ...at, now, before }, fresh('postgresHeavy', heavyAge)),
  )
  const receiver = readings.postgres?.since === since ? readings.postgres.value.receiver : undefined
  const patroni = part('patroni', 'postgres', (now, before) =>
    collectPatroni(
      { ...at, now, before },
      {
        members: fresh('members', membersAge),
        clock: look.clock,
        receiving: receiver === undefined ? null : receiver?.state === 'streaming',
      },
    ),
  )
  const etcd = part('etcd', 'etcd', (now, before) =>
    collectEtcd({ ...at, now, before }, { health: fresh('etcdHealth', 0), figures }),
  )
  const haproxy = part('haproxy', 'balancer', (now, before) => collectHaproxy({ ...at, now, before }))
  const asksApps = node.roles.includes('web') && look.sources.apps !== undefined
  const starts = recent(kept?.starts ?? [], since, startsWindow)
  const apps = asksApps ? part('apps', 'web', (now, before) => collectApps({ ...at, now, before }, starts)) : null
  const web = node.roles.includes('web') ? collectWeb(fresh('web', 0), look.sources.web?.silent ?? null) : null

  const state: NodeState = {
    node: node.name,
    at: new Date(look.askedAt).toISOString(),
    trouble: null,
    machine,
    patroni,
    postgres,
    etcd,
    haproxy,
    web,
    ...(apps ? { apps: apps.state } : {}),
    silent,
  }
  return { state, samples, kept: { readings, figures, own, starts: apps?.starts ?? starts } }
}

/** What was said now, else what was said before. What does not fit its shape was not said. */
function readingsOf({ sources: said, since }: Look, kept: Kept | null): Kept['readings'] {
  const readings: Record<string, Reading<unknown>> = { ...kept?.readings }
  const take = (name: keyof Sources, value: unknown) => {
    const parsed = sources[name].safeParse(value)
    if (parsed.success) readings[name] = { value: parsed.data, since }
  }
  for (const name of Object.keys(sources) as (keyof Sources)[]) {
    const answer = said[name]
    if (answer && answer.silent === undefined) take(name, answer.value)
  }
  const heavy = (said.postgres?.value as { heavy?: unknown } | undefined)?.heavy
  if (heavy !== undefined) take('postgresHeavy', heavy)
  return readings as Kept['readings']
}

function figuresOf(
  newest: Reading<EtcdFigures> | undefined,
  before: readonly Reading<EtcdFigures>[],
  since: number,
): readonly Reading<EtcdFigures>[] {
  const those = recent(before, since, figuresWindow)
  return newest && newest.since === since ? [...those, newest] : those
}

const recent = <T>(readings: readonly Reading<T>[], since: number, window: number): Reading<T>[] =>
  readings.filter((reading) => since - reading.since <= window)

/** Seconds that the node's clock is ahead: the question is taken to have travelled half of the time that both ways took. */
function clockOffset({ clock, askedAt, roundTrip, took }: Look): number {
  return clock - (askedAt + Math.max(0, roundTrip - took) / 2) / 1000
}

function cpuShare(now: Reading<number>, before: Reading<number> | null): number | undefined {
  if (!before || now.since <= before.since || now.value < before.value) return undefined
  return (now.value - before.value) / (now.since - before.since)
}
