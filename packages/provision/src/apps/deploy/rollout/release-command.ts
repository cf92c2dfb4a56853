/** The release command: once per release, on one node, and never a second time without being asked. */
import type { NodeSpec } from '@bramble/cluster'
import { isCancelled } from '../../../engine/cancel.ts'
import { persistently } from '../../../engine/persistently.ts'
import type { Transport } from '../../../engine/transport.ts'
import { Trouble } from '../../../engine/types.ts'
import { keysOf } from '../../../serving/records.ts'
import type { Claimed } from '../etcd/claim.ts'
import type { CommandRecord } from '../etcd/records.ts'
import { type CommandEnd, followCommand, forgetCommand, runCommand } from '../node/command.ts'

/** Seconds that a release command may take. */
const limit = 3600

export interface ReleaseCommandInput {
  claimed: Claimed
  command: string
  /** Nodes that have the release, the best one first. */
  nodes: readonly NodeSpec[]
  /** MB. */
  memory: number
  connect: (node: NodeSpec) => Promise<Transport>
  /** What a person said of an attempt whose end nobody knows: run it again, or go on without it. */
  answer?: 'run' | 'skip' | undefined
  signal: AbortSignal
  log: (node: string, text: string) => void
}

/** Trouble: release-command-unknown (a question), release-command-failed, with its last lines. */
export async function releaseCommand(input: ReleaseCommandInput): Promise<'ran' | 'ran-before' | 'skipped'> {
  const { claimed, answer } = input
  const { app, release } = claimed.record
  const earlier = claimed.before.commands[release]
  if (earlier?.state === 'done') return 'ran-before'
  if (earlier?.state === 'started') {
    const end = await endOf(input, earlier)
    if (end?.kind === 'ended' && end.code === 0) {
      await note(input, { ...earlier, state: 'done' })
      return 'ran-before'
    }
    if (end?.kind !== 'ended' && answer === undefined) throw unknownEnd(app, earlier)
    if (end?.kind !== 'ended' && answer === 'skip') {
      await note(input, { ...earlier, state: 'done' })
      return 'skipped'
    }
  }
  const [node] = input.nodes
  await run(input, node!)
  return 'ran'
}

async function run(input: ReleaseCommandInput, node: NodeSpec): Promise<void> {
  const { claimed, command, memory, signal } = input
  const { app, kind, release, environment } = claimed.record
  const unit = `bramble-app-${app}-release-${release.slice(0, 16)}.service`
  const record: CommandRecord = { state: 'started', node: node.name, unit, at: new Date().toISOString() }
  const transport = await input.connect(node)
  // Of an earlier attempt that has failed.
  await forgetCommand(transport, { app, unit })
  await note(input, record)
  const last: string[] = []
  const onLine = (line: string) => {
    input.log(node.name, line)
    last.push(line)
    if (last.length > 20) last.shift()
  }
  const order = { app, kind, release, environment, memory, command, unit, limit }
  let attempts = 0
  // A node that rebooted meanwhile knows nothing of it: it may have done its work, and does not begin again.
  const end = await attach(input, node, (to) =>
    attempts++ === 0 ? runCommand(to, order, { signal, onLine }) : followCommand(to, order, { signal, onLine }),
  )
  if (end.kind === 'unknown') throw unknownEnd(app, record)
  await note(input, { ...record, state: end.code === 0 ? 'done' : 'failed' })
  await forgetCommand(await input.connect(node), order).catch(() => undefined)
  if (end.code === 0) return
  const how = end.timedOut ? `took longer than ${limit / 60} minutes` : `ended with ${end.code}`
  throw new Trouble(
    'release-command-failed',
    `The release command ${how} on ${node.name}. Its last lines:\n${last.join('\n')}`,
    'Correct it and deploy again. Its changes before the failure are not undone.',
  )
}

/** A lost connection is made again, and the command followed to its end. Only a person's cancel stops it. */
async function attach(
  input: ReleaseCommandInput,
  node: NodeSpec,
  work: (transport: Transport) => Promise<CommandEnd>,
): Promise<CommandEnd> {
  const again = ({ message }: Trouble) => input.log(node.name, `${message} Trying again.`)
  try {
    return await persistently(input.signal, again, async () => work(await input.connect(node)))
  } catch (error) {
    if (isCancelled(input.signal)) {
      const { app, release } = input.claimed.record
      const unit = `bramble-app-${app}-release-${release.slice(0, 16)}.service`
      const transport = await input.connect(node).catch(() => null)
      if (transport) await forgetCommand(transport, { app, unit }).catch(() => undefined)
    }
    throw error
  }
}

/** What the node knows of a command that an earlier deploy started. Null: it cannot be asked. */
async function endOf(input: ReleaseCommandInput, record: CommandRecord): Promise<CommandEnd | null> {
  const node = input.nodes.find(({ name }) => name === record.node)
  if (!node) return null
  const order = { app: input.claimed.record.app, unit: record.unit, limit }
  const onLine = (line: string) => input.log(record.node, line)
  const end = await attach(input, node, (to) => followCommand(to, order, { signal: input.signal, onLine }))
  if (end.kind === 'ended' && end.code !== 0) await note(input, { ...record, state: 'failed' })
  return end
}

const note = ({ claimed }: ReleaseCommandInput, record: CommandRecord) =>
  claimed.note(keysOf(claimed.record.app).command(claimed.record.release), JSON.stringify(record))

const unknownEnd = (app: string, { node, at }: CommandRecord) =>
  new Trouble(
    'release-command-unknown',
    `The release command of ${app} was started on ${node} at ${at}, and its result is not known: the deploy or the node stopped in the meantime.`,
    'Check its changes, such as the tables of the database. Then deploy again with --release-command run, or with --release-command skip if it is complete.',
  )
