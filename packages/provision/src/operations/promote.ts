/** After a disaster: the copies that are left elect a primary, or the one that has most is made it, whatever it lacks. */
import { setTimeout as sleep } from 'node:timers/promises'
import { type NodeSpec, nodesWith, presets, staying } from '@bramble/cluster'
import { gather } from '../engine/gather.ts'
import { because, type Step, settled } from '../engine/types.ts'
import { patroniMember, walPosition } from '../facts/patroni.ts'
import { patronictl } from '../roles/postgres/patronictl.ts'
import { type NodeEnd, type Rolling, workOn } from '../rollout/rollout.ts'
import { takePulse } from '../rollout/survey.ts'

/**
 * Name of the primary among the nodes that answer, or the end of the attempt to make one; null: none has a copy that runs.
 * With synchronous replication Patroni elects nobody who may lack an acknowledged commit: then this is the last resort.
 */
export async function electPrimary(input: Rolling): Promise<{ primary: string | null; failed: NodeEnd | null }> {
  const { ttl, loopWait } = presets[input.spec.preset]
  const elected = await waitForPrimary(input, ttl + 3 * loopWait + 15)
  if (elected) return { primary: elected, failed: null }
  const best = await furthest(input)
  if (!best) return { primary: null, failed: null }
  const end = await workOn(input, workOf(input, best))
  return end.outcome === 'succeeded' ? { primary: best.name, failed: null } : { primary: null, failed: end }
}

async function waitForPrimary(input: Rolling, seconds: number): Promise<string | null> {
  const until = Date.now() + seconds * 1000
  for (;;) {
    const { pulse, reachable } = await takePulse(input)
    // The others may name one that is gone.
    if (pulse.primary !== null && reachable.has(pulse.primary)) return pulse.primary
    if (Date.now() > until) return null
    await sleep(1_000, undefined, { signal: input.signal })
  }
}

/** The copy that runs and has received most of the log. */
async function furthest(input: Rolling): Promise<NodeSpec | null> {
  const { fleet, signal } = input
  const { reachable } = await takePulse(input)
  const copies = nodesWith(staying(input.spec), 'postgres').filter(({ name }) => reachable.has(name))
  const found = await Promise.all(
    copies.map(async (node) => {
      const facts = await gather(await fleet.connect(node, signal), [walPosition], { signal })
      return { node, position: facts.of(walPosition) }
    }),
  )
  const running = found.flatMap(({ node, position }) => (position === null ? [] : [{ node, position }]))
  return running.sort((a, b) => b.position - a.position)[0]?.node ?? null
}

function workOf({ spec }: Rolling, node: NodeSpec) {
  const step: Step = {
    id: 'postgres/promote',
    title: `Make ${node.name} the primary`,
    reads: [patroniMember],
    check: (facts) =>
      facts.of(patroniMember).role === 'primary'
        ? settled
        : because('no replica is eligible for an automatic failover'),
    apply: () => [
      {
        ...{ kind: 'run', as: 'postgres', timeout: 120 },
        argv: patronictl('failover', '--force', '--candidate', node.name, spec.name),
      },
    ],
    patience: 120,
    destroys: `commits that ${node.name} does not have`,
    disrupts: { what: 'postgres', words: `${node.name} becomes the primary` },
    cure: 'On the Pi, "journalctl -u patroni -n 50" shows why it does not become the primary. Then press Retry.',
  }
  return { node: node.name, steps: [step], settled: new Set<string>(), todo: [step] }
}
