/** Planned switchover: another node becomes the primary before this one is touched. */
import { setTimeout as sleep } from 'node:timers/promises'
import { type ClusterSpec, type NodeSpec, nodesWith, presets } from '@bramble/cluster'
import { gather } from '../../engine/gather.ts'
import type { Transport } from '../../engine/transport.ts'
import { Trouble } from '../../engine/types.ts'
import { patroniCluster, patroniMember } from '../../facts/patroni.ts'
import { clusterSettings } from './patroni.yml.ts'
import { patronictl } from './patronictl.ts'

export interface HandOver {
  spec: ClusterSpec
  /** The primary, and the way to it. */
  node: NodeSpec
  transport: Transport
  signal: AbortSignal
  /** Who is to be the primary; default: Patroni chooses. */
  to?: string
}

/**
 * Waits until another node is the primary and the old one follows it, and returns its name. With synchronous
 * replication only a node that has every commit may be it. Trouble `handover-failed`.
 */
export async function handOver(asked: HandOver): Promise<string> {
  const widened = await letCommitsReach(asked)
  try {
    return await switchOver(asked)
  } finally {
    if (widened) await keepSynchronous(asked, clusterSettings(asked.spec).synchronous_node_count)
  }
}

/**
 * With synchronous replication Patroni makes only a replica the primary that commits wait for. For the time of the
 * hand-over they wait for all replicas, so for the chosen one too. True when that was changed; provisioning mends it as well.
 */
async function letCommitsReach({ spec, transport, signal, to, node }: HandOver): Promise<boolean> {
  if (!spec.synchronous || to === undefined) return false
  const waitedFor = async () => {
    const cluster = (await gather(transport, [patroniCluster], { signal })).of(patroniCluster)
    return cluster?.synchronous.includes(to) ?? false
  }
  if (await waitedFor()) return false
  await keepSynchronous({ spec, transport }, nodesWith(spec, 'postgres').length - 1)
  const until = Date.now() + (presets[spec.preset].loopWait * 4 + 20) * 1000
  while (!(await waitedFor())) {
    if (Date.now() > until) {
      await keepSynchronous({ spec, transport }, clusterSettings(spec).synchronous_node_count)
      throw failed(node, `commits do not reach ${to}`)
    }
    await sleep(500, undefined, { signal })
  }
  return true
}

async function keepSynchronous(
  { spec, transport }: Pick<HandOver, 'spec' | 'transport'>,
  count: number,
): Promise<void> {
  const argv = patronictl('edit-config', '--quiet', '--force', '-s', `synchronous_node_count=${count}`, spec.name)
  await transport.exec(argv, { as: 'postgres', timeout: 60_000 })
}

async function switchOver({ spec, node, transport, signal, to }: HandOver): Promise<string> {
  const member = (await gather(transport, [patroniMember], { signal })).of(patroniMember)
  const from = Number.parseInt(member.version, 10) >= 4 ? '--leader' : '--master'
  const candidate = to ? ['--candidate', to] : []
  const until = Date.now() + (presets[spec.preset].ttl * 2 + 60) * 1000
  for (;;) {
    const asked = await transport.exec(patronictl('switchover', spec.name, '--force', from, node.name, ...candidate), {
      as: 'postgres',
      timeout: 180_000,
      signal,
    })
    // Right after a restart no replica may have every commit yet: then Patroni refuses, and is asked again.
    const primary = await moved(transport, node, signal)
    if (primary) return primary
    if (Date.now() > until)
      throw failed(node, (asked.stderr.trim() || asked.stdout.trim()).split('\n').at(-1) ?? 'Patroni gave no reason')
  }
}

/** The new primary once this node follows it; null when that does not come about in time. */
async function moved(transport: Transport, node: NodeSpec, signal: AbortSignal): Promise<string | null> {
  const begun = Date.now()
  for (;;) {
    const cluster = (await gather(transport, [patroniCluster], { signal })).of(patroniCluster)
    const other = cluster?.leader && cluster.leader !== node.name ? cluster.leader : null
    if (other && cluster?.streaming.includes(node.name)) return other
    // Rewinding the old primary takes longer than electing the new one.
    if (Date.now() - begun > (other ? 120_000 : 10_000)) return null
    await sleep(500, undefined, { signal })
  }
}

function failed(node: NodeSpec, reason: string): Trouble {
  return new Trouble(
    'handover-failed',
    `${node.name} could not switch the primary to another node: ${reason}.`,
    'Nothing was restarted. Check the replicas on the Postgres page, then press Retry.',
  )
}
