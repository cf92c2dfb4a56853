/** Long actions that still run on a node: an earlier worker started them, or the connection broke. */
import type { ClusterSpec, RunEvent } from '@bramble/cluster'
import { type ActOptions, follow } from './act.ts'
import { command } from './command.ts'
import { gather } from './gather.ts'
import { persistently } from './persistently.ts'
import type { Fleet, Transport } from './transport.ts'
import { type Fact, Trouble } from './types.ts'

const listed = command([
  ...['systemctl', 'list-units', '--plain', '--no-legend', '--full'],
  ...['--state=activating,deactivating,active,failed', 'bramble-*.service'],
])

/** A transient unit. One that has ended stays until its exit status was read. */
interface Begun {
  readonly unit: string
  readonly running: boolean
}

const row = /^(bramble-[0-9a-f]{16}\.service) +\S+ +(\S+)/gm

const begunActions: Fact<readonly Begun[]> = {
  key: listed.key,
  query: listed.query,
  read: (answer) =>
    [...listed.read(answer).stdout.matchAll(row)].map(([, unit = '', active = '']) => ({
      unit,
      running: active.endsWith('activating'),
    })),
}

/** Names of the units that run. */
export const runningActions: Fact<readonly string[]> = {
  key: begunActions.key,
  query: begunActions.query,
  read: (answer) => begunActions.read(answer).flatMap(({ unit, running }) => (running ? [unit] : [])),
}

/** Follows them until they end. True when there was one: what was asked of the node before holds no more. */
export async function awaitActions(
  transport: Transport,
  units: readonly string[],
  options: ActOptions,
): Promise<boolean> {
  for (const unit of units) {
    options.log('A command started earlier is still running. Waiting for it to finish.', 'bramble')
    await follow(transport, unit, options)
  }
  return units.length > 0
}

interface Attaching {
  spec: ClusterSpec
  fleet: Fleet
  signal: AbortSignal
  emit: (event: RunEvent) => void
}

/**
 * For a worker that takes a run over: tells what was printed on the nodes meanwhile and waits until nothing that was begun
 * before runs on any of them, so that the next action does not run beside it. Nodes that cannot be reached are left to the run itself.
 */
export async function attachAll({ spec, fleet, signal, emit }: Attaching): Promise<void> {
  await Promise.all(
    spec.nodes.map(async (node) => {
      const log = (text: string, stream: 'stdout' | 'stderr' | 'bramble') =>
        emit({ type: 'log', node: node.name, step: null, stream, text })
      const again = ({ message }: Trouble) => log(`${message} Trying again.`, 'bramble')
      const find = async () => {
        const transport = await fleet.connect(node, signal)
        return { transport, found: (await gather(transport, [begunActions], { signal })).of(begunActions) }
      }
      const told = new Set<string>()
      const attempt = async (): Promise<void> => {
        const { transport, found } = await find()
        for (const { unit } of found.filter(({ unit, running }) => !running && !told.has(unit))) {
          await follow(transport, unit, { signal, log })
          told.add(unit)
        }
        const running = found.flatMap(({ unit, running }) => (running ? [unit] : []))
        for (const unit of running) told.add(unit)
        if (await awaitActions(transport, running, { signal, log })) return attempt()
      }
      try {
        if ((await find()).found.length > 0) await persistently(signal, again, attempt)
      } catch (error) {
        if (signal.aborted || !(error instanceof Trouble)) throw error
      }
    }),
  )
}
