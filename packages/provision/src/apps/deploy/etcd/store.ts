/** The cluster's etcd, reached through a node: reads through a majority, and transactions that compare what was read. */
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { type ClusterSpec, type NodeSpec, nodesWith, staying } from '@bramble/cluster'
import { z } from 'zod'
import type { Fleet } from '../../../engine/transport.ts'
import { Trouble } from '../../../engine/types.ts'

const script = readFileSync(new URL('./store.py', import.meta.url), 'utf8')

export interface Entry {
  key: string
  value: string
  /** Of its last change, decimal. */
  revision: string
}

/** What must be true for a transaction to be done. */
export type Condition =
  | { key: string; absent: true }
  | { key: string; revision: string }
  | { key: string; value: string }
  /** Nothing below the prefix was written after this revision. */
  | { prefix: string; unchangedSince: string }

/** `lease`: the key ends with it. */
export type Change = { put: string; value: string; lease?: string } | { remove: string } | { removePrefix: string }

export interface Store {
  /** Every key below the prefix, and the revision of the whole store. */
  read(prefix: string): Promise<{ entries: Entry[]; revision: string }>
  /**
   * All changes or none. False: a condition did not hold, or an attempt whose answer was lost was done: read to know.
   * Trouble `etcd-unavailable`: no majority answers; it may have been done.
   */
  commit(conditions: readonly Condition[], changes: readonly Change[]): Promise<boolean>
  grant(seconds: number): Promise<string>
  /** False: the lease has ended. */
  keepAlive(lease: string): Promise<boolean>
  revoke(lease: string): Promise<void>
}

const encode = (text: string) => Buffer.from(text).toString('base64')
const decode = (text: string) => Buffer.from(text, 'base64').toString('utf8')
/** The first key after all that begin with the prefix, which ends with "/". */
const after = (prefix: string) => `${prefix.slice(0, -1)}0`

const Range = z.object({
  header: z.object({ revision: z.string() }),
  kvs: z.array(z.object({ key: z.string(), value: z.string().default(''), mod_revision: z.string() })).default([]),
})
const Txn = z.object({ succeeded: z.boolean().default(false) })
const Lease = z.object({ ID: z.string() })
const Alive = z.object({ result: z.object({ TTL: z.string().default('0') }).optional() })

interface StoreInput {
  spec: ClusterSpec
  fleet: Fleet
  /** Nodes to ask first, such as those that are known to answer. */
  first?: readonly string[]
}

export function openStore({ spec, fleet, first = [] }: StoreInput): Store {
  const members = nodesWith(staying(spec), 'etcd')
  const preferred = (node: NodeSpec) => (first.includes(node.name) ? 0 : 1)
  let ways = [...members].sort((a, b) => preferred(a) - preferred(b))

  /** Through the node that answered last; another one when it does not. A change of etcd's leader takes seconds. */
  async function ask<T>(path: string, body: unknown, answer: z.ZodType<T>): Promise<T> {
    let reason = ''
    for (const pause of [0, 2_000, 5_000]) {
      if (pause > 0) await sleep(pause)
      for (const node of ways) {
        try {
          const told = await through(fleet, node, { path, body, endpoints: endpointsFrom(node, ways) })
          ways = [node, ...ways.filter((other) => other !== node)]
          return answer.parse(JSON.parse(told))
        } catch (error) {
          if (!(error instanceof Trouble)) throw error
          reason = error.message
        }
      }
    }
    throw new Trouble(
      'etcd-unavailable',
      `etcd has no quorum: ${reason}`,
      'Bring the other nodes back online, then try again. The live release is not affected.',
    )
  }

  return {
    async read(prefix) {
      const body = { key: encode(prefix), range_end: encode(after(prefix)) }
      const { header, kvs } = await ask('kv/range', body, Range)
      const entries = kvs.map(({ key, value, mod_revision: revision }) => ({
        key: decode(key),
        value: decode(value),
        revision,
      }))
      return { entries, revision: header.revision }
    },
    async commit(conditions, changes) {
      const body = { compare: conditions.map(compareOf), success: changes.map(requestOf) }
      return (await ask('kv/txn', body, Txn)).succeeded
    },
    grant: async (seconds) => (await ask('lease/grant', { TTL: seconds }, Lease)).ID,
    async keepAlive(lease) {
      const { result } = await ask('lease/keepalive', { ID: lease }, Alive)
      return Number(result?.TTL ?? 0) > 0
    },
    async revoke(lease) {
      await ask('lease/revoke', { ID: lease }, z.unknown())
    },
  }
}

/** Its own member first. */
const endpointsFrom = (node: NodeSpec, members: readonly NodeSpec[]): string[] => [
  node.address,
  ...members.filter((other) => other !== node).map(({ address }) => address),
]

async function through(fleet: Fleet, node: NodeSpec, message: unknown): Promise<string> {
  const transport = await fleet.connect(node)
  const asked = { as: 'root', stdin: JSON.stringify(message), timeout: 40_000 } as const
  const { code, stdout, stderr } = await transport.exec(['python3', '-I', '-c', script], asked)
  if (code === 0) return stdout
  throw new Trouble('etcd-unavailable', stderr.trim().split('\n').at(-1) ?? '', 'Bring the other nodes back online.')
}

function compareOf(condition: Condition): unknown {
  if ('prefix' in condition)
    return {
      ...{ key: encode(condition.prefix), range_end: encode(after(condition.prefix)), target: 'MOD', result: 'LESS' },
      mod_revision: String(BigInt(condition.unchangedSince) + 1n),
    }
  const key = encode(condition.key)
  if ('absent' in condition) return { key, target: 'CREATE', result: 'EQUAL', create_revision: '0' }
  if ('revision' in condition) return { key, target: 'MOD', result: 'EQUAL', mod_revision: condition.revision }
  return { key, target: 'VALUE', result: 'EQUAL', value: encode(condition.value) }
}

function requestOf(change: Change): unknown {
  if ('remove' in change) return { request_delete_range: { key: encode(change.remove) } }
  if ('removePrefix' in change)
    return { request_delete_range: { key: encode(change.removePrefix), range_end: encode(after(change.removePrefix)) } }
  const lease = change.lease === undefined ? {} : { lease: change.lease }
  return { request_put: { key: encode(change.put), value: encode(change.value), ...lease } }
}
