/** Does the actions of a step on a node. */
import { readFileSync } from 'node:fs'
import { isCancelled } from './cancel.ts'
import { proveKey } from './prove-key.ts'
import type { ExecResult, Transport } from './transport.ts'
import { type Action, type PutAction, type RunAction, Secret, Trouble } from './types.ts'

const part = (name: string) => readFileSync(new URL(name, import.meta.url), 'utf8')
const script = `${part('./on-disk.py')}${part('./act.py')}`

/** A long command prints megabytes; its last words are all that is read of them here. */
const heard = { mostOutput: 64 * 1024 * 1024, keepOutput: 64 * 1024 }

export interface ActOptions {
  signal?: AbortSignal
  /** Of which step the action is: how a long one ended unattended is read by the same step of the same run only. */
  step?: string
  log: (text: string, stream: 'stdout' | 'stderr' | 'bramble') => void
}

/** Trouble `action-failed` with the command's last words when it ends with anything but 0. */
export async function act(transport: Transport, action: Action, options: ActOptions): Promise<void> {
  const { log } = options
  const signal = options.signal ? { signal: options.signal } : {}
  switch (action.kind) {
    case 'put': {
      log(`write ${action.path} (${action.mode.toString(8)} ${action.owner ?? 'root:root'})`, 'bramble')
      const result = await onNode(transport, JSON.stringify(putMessage(action)), signal)
      if (result.stdout.trim()) log(result.stdout.trim(), 'bramble')
      return check(`Writing ${action.path}`, result)
    }
    case 'put-all': {
      log(`write at once: ${action.files.map(({ path }) => path).join(', ')}`, 'bramble')
      const message = JSON.stringify({ kind: 'put-all', files: action.files.map(putMessage) })
      const result = await onNode(transport, message, signal)
      if (result.stdout.trim()) log(result.stdout.trim(), 'bramble')
      return check(`Writing ${action.files.map(({ path }) => path).join(', ')}`, result)
    }
    case 'stamp':
      return check(`Noting what ${action.unit} loaded`, await onNode(transport, JSON.stringify(action), signal))
    case 'prove-key':
      log(`sign in as ${action.user} with the key of this cluster, over a new connection`, 'bramble')
      return proveKey(transport, action, options.signal)
    case 'run': {
      log(`$ ${action.argv.join(' ')}`, 'bramble')
      const result = action.long ? await long(transport, action, options) : await short(transport, action, options)
      return check(action.argv.join(' '), result)
    }
  }
}

/** Sends act.py one message, without output to follow. */
function onNode(transport: Transport, message: string, options: { signal?: AbortSignal }): Promise<ExecResult> {
  return transport.exec(['python3', '-I', '-c', script], {
    as: 'root',
    stdin: new Secret(message),
    timeout: 120_000,
    ...options,
  })
}

function putMessage(action: PutAction) {
  const content = action.content instanceof Secret ? action.content.reveal() : action.content
  return {
    ...action,
    owner: action.owner ?? 'root:root',
    content: Buffer.from(content as string).toString('base64'),
  }
}

function short(transport: Transport, action: RunAction, { signal, log }: ActOptions): Promise<ExecResult> {
  return transport.exec(action.argv, {
    as: action.as ?? 'root',
    timeout: (action.timeout ?? 60) * 1000,
    onLine: log,
    ...heard,
    ...(action.stdin === undefined ? {} : { stdin: action.stdin }),
    ...(signal ? { signal } : {}),
  })
}

/**
 * Under a transient unit. Only a person's cancel stops it on the node; a lost connection and a worker that ends leave it to
 * whoever attaches next.
 */
async function long(transport: Transport, action: RunAction, options: ActOptions): Promise<ExecResult> {
  if (action.stdin !== undefined || action.as === 'postgres')
    throw new Error('A long action runs as root without stdin')
  const { argv, timeout = 1800 } = action
  const { claim } = transport
  const token = claim && options.step ? `${claim.run} ${options.step}` : null
  const turn = claim ? [claim.since, claim.fence] : null
  const message = { kind: 'long', argv, timeout, for: token, claim: turn }
  const result = await attached(transport, message, { argv }, options, timeout)
  await onNode(transport, JSON.stringify({ kind: 'collect', argv }), {}).catch(() => undefined)
  return result
}

/**
 * Tells what a long action printed that was started earlier, and what it prints until it ends. Of one that has ended only
 * when it is this run's. Trouble as of the transport.
 */
export async function follow(transport: Transport, unit: string, options: ActOptions): Promise<void> {
  await attached(transport, { kind: 'follow', unit, run: transport.claim?.run ?? '' }, { unit }, options, longest)
}

/** Seconds: none takes longer. */
const longest = 24 * 3600

async function attached(
  transport: Transport,
  message: object,
  which: { argv: readonly string[] } | { unit: string },
  { signal, log }: ActOptions,
  seconds: number,
): Promise<ExecResult> {
  try {
    return await transport.exec(['python3', '-I', '-u', '-c', script], {
      as: 'root',
      stdin: JSON.stringify(message),
      timeout: (seconds + 60) * 1000,
      onLine: log,
      ...heard,
      ...(signal ? { signal } : {}),
    })
  } catch (error) {
    if (isCancelled(signal)) {
      log('canceled: stopping the command on the node', 'bramble')
      await onNode(transport, JSON.stringify({ kind: 'stop', ...which }), {}).catch(() => undefined)
    }
    throw error
  }
}

function check(what: string, result: ExecResult): void {
  if (result.code === 0) return
  const words = (result.stderr.trim() || result.stdout.trim()).split('\n').slice(-6).join('\n').slice(-1500)
  throw new Trouble(
    'action-failed',
    `${what} failed (${result.code === null ? 'connection lost' : `exit ${result.code}`})${words ? `: ${words}` : ''}`,
    'The log shows the cause. Fix it, then press Retry to continue where the run stopped.',
  )
}
