/** etcd's members: who belongs to the store, as a majority of it says, and the commands that change that. */
import { readFileSync } from 'node:fs'
import type { ClusterSpec, NodeSpec } from '@bramble/cluster'
import { command } from '../engine/command.ts'
import { type FileState, fileState } from '../engine/file.ts'
import type { EtcdMember } from '../engine/pulse.ts'
import type { Fact, RunAction } from '../engine/types.ts'

const script = readFileSync(new URL('./members.py', import.meta.url), 'utf8')

export const etcdData = '/var/lib/etcd/bramble'
/** How the member was started for the first time; etcd reads it only while it has no store. */
export const firstStartPath = '/etc/bramble/etcd-first.env'

/** Has etcd on the node a store of its own? */
export const etcdStore: Fact<FileState> = fileState(`${etcdData}/member`)

export const peerUrl = (node: Pick<NodeSpec, 'address'>): string => `https://${node.address}:2380`

type Ask =
  /** `wait`: until a majority stands behind an answer. */
  | { what: 'list' | 'wait'; endpoints: readonly string[] }
  | { what: 'promote'; endpoints: readonly string[] }
  | { what: 'remove'; ids: readonly string[]; endpoints: readonly string[] }
  | {
      what: 'join'
      name: string
      peer: string
      path: string
      /** Names of the spec's voters by peer URL. */
      names: Readonly<Record<string, string>>
      endpoints: readonly string[]
    }

/** Seconds: a learner on a slow card takes its time until it is in step. */
const changeTimeout = 330

export const rosterChange = (ask: Exclude<Ask, { what: 'list' }>): RunAction => ({
  kind: 'run',
  // Not as an argument: what is to be done is shown to people, and the program is long.
  argv: ['python3', '-I', '-', JSON.stringify(ask)],
  stdin: script,
  timeout: changeTimeout,
})

/** Every member; null when no majority stands behind an answer. */
function rosterFrom(endpoints: readonly string[]): Fact<EtcdMember[] | null> {
  const asked = command(['python3', '-I', '-c', script, JSON.stringify({ what: 'list', endpoints } satisfies Ask)], {
    timeout: 15,
  })
  return {
    key: asked.key,
    query: asked.query,
    read(answer) {
      const { code, stdout } = asked.read(answer)
      return code === 0 ? (JSON.parse(stdout) as EtcdMember[]) : null
    },
  }
}

/** As the node's own member says. */
export const ownRoster = rosterFrom(['127.0.0.1'])

/** As any node of the cluster says: for one that is no member yet, or is not sure. */
export const rosterOf = (spec: ClusterSpec) => rosterFrom(endpointsOf(spec))

/** Nodes that may hold a member: after a move of the role also one that the spec does not name as a voter. */
export const endpointsOf = (spec: ClusterSpec): string[] => spec.nodes.map(({ address }) => address)
