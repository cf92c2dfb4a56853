/** Asks every node once and says what would be done: the plan, and what stands in its way. Changes nothing. */
import { type ClusterSpec, type NodePlan, type NodeSpec, nodesWith, type Plan, staying } from '@bramble/cluster'
import { gather } from '../engine/gather.ts'
import { planDigest, planSteps } from '../engine/plan.ts'
import type { Pulse } from '../engine/pulse.ts'
import type { Fleet } from '../engine/transport.ts'
import { type ClusterSecrets, type Fact, type Facts, type Step, Trouble } from '../engine/types.ts'
import { refusals } from '../etcd/departures.ts'
import { foreignFiles } from '../roles/foreign-files.ts'
import { stepsFor } from '../roles/index.ts'
import { passwordChanged } from '../roles/postgres/database.ts'
import { type Moments, preflight, preflightFacts } from './preflight.ts'
import { pulseFacts, pulseOf } from './pulse.ts'
import { orderOf, rolloutOf } from './rules.ts'

export interface PlanInput {
  spec: ClusterSpec
  secrets: ClusterSecrets
  fleet: Fleet
  /** Node names; default: all. Every node is asked all the same: the others' health decides what is safe. */
  only?: readonly string[]
  /** Files of the user's own that may be replaced: `pi-1:/etc/haproxy/haproxy.cfg`, beside those of the spec. */
  replace?: readonly string[]
  signal?: AbortSignal
}

export interface Survey {
  plan: Plan
  /** The steps of each node that is to be worked on, by name. */
  steps: ReadonlyMap<string, readonly Step[]>
  pulse: Pulse
}

interface Asked {
  node: NodeSpec
  facts: Facts | null
  /** Between which moments the node answered: its clock is compared with them. */
  asked: Moments
  trouble: Trouble | null
}

export async function survey(input: PlanInput): Promise<Survey> {
  const { spec } = input
  const chosen = (name: string) => !input.only || input.only.includes(name)
  const unknown = input.only?.find((name) => !spec.nodes.some((node) => node.name === name))
  if (unknown)
    throw new Trouble(
      'unknown-node',
      `No node of ${spec.name} is named ${unknown}.`,
      `Its nodes are ${spec.nodes.map((node) => node.name).join(', ')}.`,
    )

  const asked = await Promise.all(spec.nodes.map((node) => ask(input, node)))
  const known = new Map(asked.flatMap(({ node, facts }) => (facts ? [[node.name, facts] as const] : [])))
  const pulse = pulseOf(spec, known)
  const moments = new Map(asked.map((entry) => [entry.node.name, entry.asked]))
  const rollout = rolloutOf(pulse)
  const steps = new Map(
    spec.nodes
      .filter(({ name }) => chosen(name))
      .map((node) => [node.name, stepsFor({ ...contextOf(input, node), pulse })] as const),
  )
  const nodes = asked.flatMap((entry) => {
    const own = steps.get(entry.node.name)
    return own ? [planNode(entry, own, rollout === 'one-by-one')] : []
  })
  const changes = nodes.reduce(
    (sum, { steps }) => sum + (steps ?? []).filter((step) => step.verdict === 'todo').length,
    0,
  )
  const foreign = spec.nodes.flatMap((node) => {
    const [own, facts] = [steps.get(node.name), known.get(node.name)]
    return own && facts ? foreignFiles(node, own, facts, input.replace ?? []) : []
  })
  const findings = [
    ...preflight(staying(spec), known, moments, pulse),
    ...refusals(spec, pulse),
    ...foreign,
    ...passwordFindings(input, known),
  ]
  const order = orderOf(spec, pulse).filter(chosen)
  const plan: Plan = { digest: planDigest(nodes), rollout, order, nodes, changes, findings }
  return { plan, steps, pulse }
}

/** It is never set back by a plan: whoever changed it had a reason. */
function passwordFindings(input: PlanInput, known: ReadonlyMap<string, Facts>): Plan['findings'] {
  const { spec, secrets } = input
  const changed = nodesWith(staying(spec), 'postgres').some(({ name }) => {
    const facts = known.get(name)
    return facts !== undefined && passwordChanged({ spec, secrets }, facts)
  })
  if (!changed) return []
  const { user } = spec.database
  return [
    {
      level: 'warning',
      code: 'password-changed',
      node: null,
      message: `The password of ${user} in the database differs from the one that Bramble stores: it was changed outside of Bramble. It is not reset, and the sample site cannot connect to the database with the stored password.`,
      cure: `Operate → Password of ${user}: enter the new password, or reset it to the stored one.`,
    },
  ]
}

const contextOf = ({ spec, secrets }: PlanInput, node: NodeSpec) => ({ spec: staying(spec), node, secrets })

/** The health of the cluster as its reachable nodes see it. */
export async function takePulse(input: PlanInput): Promise<{ pulse: Pulse; reachable: Set<string> }> {
  const { spec } = input
  const answers = await Promise.all(
    spec.nodes.map(async (node) => {
      try {
        const transport = await input.fleet.connect(node, input.signal)
        return [node.name, await gather(transport, pulseFacts, signalOf(input))] as const
      } catch {
        return null
      }
    }),
  )
  const known = new Map(answers.filter((answer) => answer !== null))
  return { pulse: pulseOf(spec, known), reachable: new Set(known.keys()) }
}

async function ask(input: PlanInput, node: NodeSpec): Promise<Asked> {
  const context = contextOf(input, node)
  const wanted = [...preflightFacts(context), ...pulseFacts, ...stepsFor(context).flatMap((step) => step.reads)]
  const asked: Moments = { from: new Date(), to: new Date() }
  try {
    const facts = await askAfresh(input, node, wanted, asked)
    return { node, facts, asked, trouble: null }
  } catch (error) {
    input.signal?.throwIfAborted()
    return { node, facts: null, asked, trouble: asTrouble(error) }
  }
}

/** Whatever goes wrong with one node is that node's trouble: the others are asked and told all the same. */
function asTrouble(error: unknown): Trouble {
  if (error instanceof Trouble) return error
  return new Trouble(
    'fault',
    `The node could not be read: ${error instanceof Error ? error.message : String(error)}`,
    'This is a bug in Bramble. Export the run and report it.',
    { cause: error },
  )
}

/** A kept connection may have died since it was used: then the question is asked once more over a new one. */
async function askAfresh(
  input: PlanInput,
  node: NodeSpec,
  wanted: readonly Fact<unknown>[],
  asked: Moments,
): Promise<Facts> {
  for (let attempt = 0; ; attempt++) {
    try {
      const transport = await input.fleet.connect(node, input.signal)
      asked.from = new Date()
      const facts = await gather(transport, wanted, signalOf(input))
      asked.to = new Date()
      return facts
    } catch (error) {
      if (attempt > 0 || !(error instanceof Trouble) || error.code !== 'connection-lost') throw error
    }
  }
}

function planNode({ node, facts, trouble }: Asked, steps: readonly Step[], serving: boolean): NodePlan {
  return {
    node: node.name,
    steps: facts ? planSteps(steps, facts, serving) : null,
    trouble: trouble ? { code: trouble.code, message: trouble.message, cure: trouble.cure } : null,
  }
}

function signalOf(input: PlanInput): { signal?: AbortSignal } {
  return input.signal ? { signal: input.signal } : {}
}
