/** One-off commands in the sandbox and environment of what serves. */
import { randomUUID } from 'node:crypto'
import type { AppSpec, ClusterSpec } from '@bramble/cluster'
import { AppCommand } from '@bramble/cluster'
import type { Fleet } from '../../engine/transport.ts'
import { Trouble } from '../../engine/types.ts'
import { appNodes } from '../../serving/nodes.ts'
import { notDeployed } from './deploy.ts'
import { appState, readState, slotOn } from './etcd/state.ts'
import { openStore } from './etcd/store.ts'
import { forgetCommand, runCommand } from './node/command.ts'

export interface RunInAppInput {
  spec: ClusterSpec
  fleet: Fleet
  app: AppSpec
  /** One line for the shell of the sandbox. */
  command: string
  /** On this node; default: the first on which it is ready. */
  node?: string
  signal: AbortSignal
  onLine: (line: string) => void
}

/** Seconds. */
const limit = 3600

/** Its exit code. An abort stops it. Trouble: app-not-deployed, app-run-command, node-away. */
export async function runInApp(input: RunInAppInput): Promise<{ node: string; code: number }> {
  const { spec, fleet, app, signal, onLine } = input
  const parsed = AppCommand.safeParse(input.command)
  if (!parsed.success)
    throw new Trouble(
      'app-run-command',
      'The command must be one line of at most 4000 characters.',
      'Put it into a script in the app.',
    )
  const state = await readState(openStore({ spec, fleet }))
  const { serving } = appState(state, app.name)
  if (!serving) throw notDeployed(app.name)
  const ready = appNodes(spec, app).filter(({ name }) => slotOn(state.reports[name], serving)?.state === 'ready')
  const node = input.node === undefined ? ready[0] : ready.find(({ name }) => name === input.node)
  if (!node)
    throw new Trouble(
      'node-away',
      input.node === undefined ? `${app.name} is ready on no node.` : `${app.name} is not ready on ${input.node}.`,
      ready.length > 0 ? `It is ready on ${ready.map(({ name }) => name).join(', ')}.` : 'Check its logs.',
    )
  const { release, environment, memory, kind } = serving
  const unit = `bramble-app-${app.name}-command-${randomUUID().slice(0, 8)}.service`
  const given = { app: app.name, kind, release, environment, memory: memory ?? 512 }
  const order = { ...given, command: parsed.data, unit, limit }
  try {
    const transport = await fleet.connect(node, signal)
    const end = await runCommand(transport, order, { signal, onLine })
    if (end.kind === 'ended') return { node: node.name, code: end.code }
    throw new Trouble('app-command', `${node.name} lost the command.`, 'Run it again.')
  } finally {
    // Also when it was aborted.
    await fleet.connect(node).then(
      (transport) => forgetCommand(transport, order),
      () => undefined,
    )
  }
}
