/** Plan: every node asked once, what would be done written down. Changes nothing. */
import type { Plan, RunOutcome } from '@bramble/cluster'
import { longUnseen, recordSighting } from '@bramble/db/clusters'
import type { RunEnd } from '@bramble/db/runs'
import { plan, probe } from '@bramble/provision'
import type { Site } from '../sites.ts'
import type { RunWork } from './run-work.ts'

export async function planJob({ run, journal, signal }: RunWork, site: Site): Promise<RunEnd> {
  const started = performance.now()
  const { spec } = run
  const { only } = run.request
  journal.say(`Asking ${only ? only.join(', ') : `the ${spec.nodes.length} nodes`} of ${spec.name}.`)
  const { secrets, fleet } = site
  const found = await plan({ spec, secrets, fleet, signal, ...(only ? { only } : {}) })
  for (const { node, trouble } of found.nodes) {
    if (trouble) journal.say(`${node}: ${trouble.message} ${trouble.cure}`, node)
    await recordSighting(run.clusterId, node, trouble ? { trouble } : {})
  }
  journal.emit({ type: 'planned', plan: found })
  await lookAtMachines({ run, signal }, site, found)
  return { status: statusOf(found), outcome: outcomeOf(found, (performance.now() - started) / 1000), trouble: null }
}

/** Model, memory and system of the nodes that were not asked lately, for their boards on the page. */
async function lookAtMachines(
  { run, signal }: Pick<RunWork, 'run' | 'signal'>,
  site: Site,
  found: Plan,
): Promise<void> {
  const unseen = new Set(await longUnseen(run.clusterId))
  const reached = found.nodes.filter((entry) => entry.trouble === null).map((entry) => entry.node)
  await Promise.all(
    run.spec.nodes.map(async (node) => {
      if (!node.hostKey || !unseen.has(node.name) || !reached.includes(node.name)) return
      const { address, hostKey } = node
      const door = { address, hostKey, port: run.spec.ssh.port, logins: site.logins(node.name), signal }
      const seen = await probe(door).catch(() => null)
      if (seen) await recordSighting(run.clusterId, node.name, { facts: seen.machine })
    }),
  )
}

function statusOf(found: Plan): RunOutcome['status'] {
  const away = found.nodes.filter((node) => node.trouble !== null).length
  if (away === found.nodes.length) return 'failed'
  return away > 0 ? 'partial' : 'succeeded'
}

function outcomeOf(found: Plan, seconds: number): RunOutcome {
  const changes = found.changes === 1 ? '1 change' : `${found.changes} changes`
  const away = found.nodes.flatMap((node) => (node.trouble ? [`${node.trouble.message} ${node.trouble.cure}`] : []))
  const errors = found.findings.filter((finding) => finding.level === 'error')
  const message =
    errors.length > 0
      ? errors.map((finding) => `${finding.message} ${finding.cure}`).join(' ')
      : found.changes === 0 && away.length === 0
        ? 'Everything is up to date: nothing to do.'
        : `${changes} to make. Review them, then press Provision.`
  return {
    status: statusOf(found),
    changed: 0,
    seconds,
    message: [...away, message].join(' '),
    nodes: found.nodes.map(({ node, trouble, steps }) => {
      const todo = (steps ?? []).filter((step) => step.verdict === 'todo').length
      return {
        node,
        outcome: trouble ? 'unreachable' : 'succeeded',
        changed: 0,
        message: trouble ? trouble.message : todo === 0 ? 'Nothing to change.' : `${todo} to do.`,
      }
    }),
  }
}
