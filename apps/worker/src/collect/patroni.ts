/** Patroni's own word on its member, and what etcd says of all of them. */
import type { PatroniState, Sample } from '@bramble/cluster'
import { awaitsRestart } from '@bramble/provision'
import { z } from 'zod'
import { type Asked, flag, measured } from './reading.ts'

const Lag = z.union([z.number(), z.string()]).nullish()

/** GET /patroni */
export const Patroni = z.looseObject({
  state: z.string().max(100),
  role: z.string().max(100),
  timeline: z.number().nullish(),
  replication_state: z.string().max(100).nullish(),
  pending_restart: z.boolean().nullish(),
  pending_restart_reason: z.unknown().optional(),
  pause: z.boolean().nullish(),
  sync_standby: z.boolean().nullish(),
  quorum_standby: z.boolean().nullish(),
  dcs_last_seen: z.number().nullish(),
  patroni: z.looseObject({ version: z.string().max(50) }).nullish(),
})
export type Patroni = z.infer<typeof Patroni>

/** GET /cluster */
export const Members = z.looseObject({
  members: z
    .array(
      z.looseObject({
        name: z.string().max(100),
        role: z.string().max(100),
        state: z.string().max(100),
        timeline: z.number().nullish(),
        lag: Lag,
      }),
    )
    .max(100),
})
export type Members = z.infer<typeof Members>

export interface PatroniBesides {
  /** The last that is known of the members; null: nothing. */
  members: Members | null
  /** Seconds since 1970 on the node's clock. */
  clock: number
  /** PostgreSQL itself says that it receives WAL: Patroni 3 does not tell; null: unknown. */
  receiving: boolean | null
}

export function collectPatroni(
  { node, now }: Asked<Patroni>,
  { members, clock, receiving }: PatroniBesides,
): { state: PatroniState; samples: Sample[] } {
  const said = now.value
  const role = roleOf(said.role)
  const replication = said.replication_state ?? (receiving ? 'streaming' : null)
  const known = (members?.members ?? []).map((member) => ({
    name: member.name,
    role: memberRole(member.role),
    state: member.state,
    timeline: member.timeline ?? null,
    lagBytes: typeof member.lag === 'number' ? Math.max(0, member.lag) : null,
  }))
  const state: PatroniState = {
    role,
    state: role === 'replica' && said.state === 'running' ? (replication ?? said.state) : said.state,
    timeline: said.timeline ?? null,
    lagBytes: role === 'replica' ? (known.find(({ name }) => name === node)?.lagBytes ?? null) : null,
    paused: said.pause === true,
    sync: said.sync_standby === true || said.quorum_standby === true,
    pendingRestart: awaitsRestart(said),
    storeSeen: said.dcs_last_seen == null ? null : Math.max(0, clock - said.dcs_last_seen),
    version: said.patroni?.version ?? '',
    members: known,
  }
  const values = measured({
    primary: flag(role === 'primary'),
    running: flag(said.state === 'running'),
    streaming: flag(state.state === 'streaming'),
    timeline: state.timeline,
    lagBytes: state.lagBytes,
    paused: flag(state.paused),
    sync: flag(state.sync),
    pendingRestart: flag(state.pendingRestart),
  })
  return { state, samples: [{ kind: 'patroni', node, name: '', values }] }
}

/** Patroni 3 still says "master" for what everybody calls the primary. */
function roleOf(role: string): PatroniState['role'] {
  if (['primary', 'master', 'standby_leader'].includes(role)) return 'primary'
  return ['replica', 'sync_standby', 'quorum_standby'].includes(role) ? 'replica' : 'unknown'
}

function memberRole(role: string): PatroniState['members'][number]['role'] {
  if (['leader', 'standby_leader'].includes(role)) return 'leader'
  if (['sync_standby', 'quorum_standby'].includes(role)) return 'sync-standby'
  return role === 'replica' ? 'replica' : 'unknown'
}
