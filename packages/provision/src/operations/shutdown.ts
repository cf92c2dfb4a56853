/**
 * The whole stack down: first nobody new comes in, then the replicas stop, then the primary, and then every Pi turns itself
 * off. So the primary has all that was ever acknowledged, and nobody takes over from it on the way.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { haproxyUnits, type NodeSpec, nodesWith } from '@bramble/cluster'
import type { Pulse } from '../engine/pulse.ts'
import { because, type Step, settled, Trouble } from '../engine/types.ts'
import { unitState } from '../facts/unit.ts'
import { type NodeEnd, type NodeWork, type Rolling, together } from '../rollout/rollout.ts'

/** Seconds that a Pi gets until it does not answer any more. */
const offLimit = 120

export async function shutDown(input: Rolling, pulse: Pulse, reachable: ReadonlySet<string>): Promise<NodeEnd[]> {
  const { spec } = input
  const there = (nodes: readonly NodeSpec[]) => nodes.filter(({ name }) => reachable.has(name))
  const copies = there(nodesWith(spec, 'postgres'))
  const isPrimary = ({ name }: NodeSpec) => name === pulse.primary
  const rounds: NodeWork[][] = [
    there(nodesWith(spec, 'balancer')).map((node) => workOf(node, ['keepalived.service', ...haproxyUnits])),
    copies.filter((node) => !isPrimary(node)).map((node) => workOf(node, ['patroni.service'])),
    copies.filter(isPrimary).map((node) => workOf(node, ['patroni.service'])),
  ]
  for (const round of rounds) {
    const ends = await together(input, round)
    if (ends.some(({ outcome }) => outcome !== 'succeeded')) return ends
  }
  return Promise.all(spec.nodes.map((node) => turnOff(input, node, reachable.has(node.name))))
}

function workOf(node: NodeSpec, units: readonly string[]): NodeWork {
  const steps = units.map((unit) => stopOf(unit, node))
  return { node: node.name, steps, settled: new Set(), todo: steps }
}

/** It starts again with the Pi: nothing is disabled. */
function stopOf(unit: string, node: NodeSpec): Step {
  const state = unitState(unit)
  return {
    id: `shutdown/${unit.replace('.service', '')}`,
    title: `Stop ${unit} on ${node.name}`,
    reads: [state],
    check: (facts) => (['inactive', 'failed'].includes(facts.of(state).active) ? settled : because('still running')),
    apply: () => [{ kind: 'run', argv: ['systemctl', 'stop', unit], timeout: 300 }],
    patience: 120,
    cure: `On the Pi, "journalctl -u ${unit} -n 50" shows why it does not stop. No Pi was turned off.`,
  }
}

async function turnOff(input: Rolling, node: NodeSpec, reachable: boolean): Promise<NodeEnd> {
  const { emit, signal } = input
  const end = (outcome: 'succeeded' | 'failed' | 'skipped', message: string): NodeEnd => {
    const changed = outcome === 'succeeded' ? 1 : 0
    emit({ type: 'node-ended', node: node.name, outcome, changed, message })
    return { node: node.name, outcome, changed, message }
  }
  if (!reachable) return end('skipped', 'Unreachable before the shutdown.')
  const step = 'shutdown/power'
  const title = `Turn ${node.name} off`
  const begun = Date.now()
  emit({ type: 'step-started', node: node.name, step, title, because: 'its services have stopped' })
  try {
    const transport = await input.fleet.connect(node, signal)
    await transport.exec(['systemctl', '--no-block', 'poweroff'], { as: 'root', timeout: 30_000 })
  } catch (error) {
    // It may be gone before it has answered.
    if (!(error instanceof Trouble) || !away.includes(error.code)) throw error
  }
  // sshd goes early, and one silence may be a busy Pi.
  for (let silent = 0; silent < 3; ) {
    silent = (await answers(input, node)) ? 0 : silent + 1
    if (Date.now() - begun > offLimit * 1000)
      return end('failed', `Still responding after ${offLimit} s. Check this Pi.`)
    await sleep(1_000)
  }
  emit({ type: 'step-settled', node: node.name, step, title, changed: true, seconds: (Date.now() - begun) / 1000 })
  return end('succeeded', 'Shut down.')
}

const away = ['connection-lost', 'unreachable', 'login-refused']

async function answers({ fleet }: Rolling, node: NodeSpec): Promise<boolean> {
  try {
    const transport = await fleet.connect(node, AbortSignal.timeout(5_000))
    return (await transport.exec(['true'], { timeout: 5_000 })).code === 0
  } catch {
    return false
  }
}
