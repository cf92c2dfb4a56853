/** Puts the cluster's certificates onto its nodes and nothing else: no service restarts, no connection ends. */
import { type NodeSpec, type RunOutcome, staying } from '@bramble/cluster'
import { fileState } from '../engine/file.ts'
import { gather } from '../engine/gather.ts'
import { type Facts, type Step, Trouble } from '../engine/types.ts'
import { caPath } from '../facts/identity.ts'
import type { FileStep } from '../resources/index.ts'
import { stepsFor } from '../roles/index.ts'
import { type NodeEnd, outcomeOf, type Rolling, workOn } from './rollout.ts'

/** The private keys stand before the certificate: usually they are as they were, and nothing ever differs. */
const own = [
  ...[
    'base/ca',
    'base/identity',
    'base/key',
    'etcd/key',
    'backup/key',
    'postgres/key',
    'base/certificate',
    'balancer/site-issuer-key',
    'balancer/site-issuer',
  ],
  ...['postgres/certificate', 'backup/certificate'],
]

const authority = fileState(caPath)

/** Node after node. One that cannot be reached, or fails, does not keep the others from theirs. */
export async function renewCertificates(input: Rolling): Promise<RunOutcome> {
  const started = Date.now()
  const ends: NodeEnd[] = []
  for (const node of input.spec.nodes.filter(({ leaving }) => !leaving)) {
    if (input.signal.aborted) break
    ends.push(await renewOn(input, node))
  }
  const changed = ends.filter((end) => end.changed > 0).map(({ node }) => node)
  const words =
    changed.length === 0 ? 'All certificates were up to date.' : `Renewed the certificates of ${changed.join(', ')}.`
  return outcomeOf(ends, (Date.now() - started) / 1000, words)
}

async function renewOn(input: Rolling, node: NodeSpec): Promise<NodeEnd> {
  const context = { spec: staying(input.spec), node, secrets: input.secrets }
  const all = stepsFor(context)
  const chosen = own.flatMap((id) => all.find((step) => step.id === id) ?? [])
  try {
    const transport = await input.fleet.connect(node, input.signal)
    const facts = await gather(transport, [authority, ...chosen.flatMap((step) => step.reads)], {
      signal: input.signal,
    })
    const steps = facts.of(authority).kind === 'absent' ? [] : chosen.filter((step) => isThere(step, facts))
    return await workOn(input, { node: node.name, steps, settled: new Set(), todo: steps.filter(({ apply }) => apply) })
  } catch (error) {
    if (!(error instanceof Trouble) || input.signal.aborted) throw error
    const message = `${error.message} ${error.cure}`
    input.emit({ type: 'node-ended', node: node.name, outcome: 'unreachable', changed: 0, message })
    return { node: node.name, outcome: 'unreachable', changed: 0, message }
  }
}

/** What a node was not given yet (a role, backups) it gets with its next provisioning. */
const isThere = (step: Step, facts: Facts): boolean =>
  !('current' in step) || facts.of((step as FileStep).current).kind !== 'absent'
