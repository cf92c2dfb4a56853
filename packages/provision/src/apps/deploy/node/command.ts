/** Commands of an app, in its sandbox and environment: its release command, and one-off commands. */
import { readFileSync } from 'node:fs'
import type { AppKind } from '@bramble/cluster'
import { z } from 'zod'
import type { Transport } from '../../../engine/transport.ts'
import { Trouble } from '../../../engine/types.ts'
import { imageLauncherPath } from '../../../serving/image/index.ts'
import { appUnit, launcherPath } from '../../../serving/units.ts'
import { jsonLine } from './json-line.ts'

const script = readFileSync(new URL('./command.py', import.meta.url), 'utf8')

export interface AppCommandInput {
  app: string
  kind: AppKind
  /** Of the release and the environment that the command gets. */
  release: string
  environment: string
  /** MB. */
  memory: number
  command: string
  /** Of the unit; a unit of this name that runs or has ended is followed instead. */
  unit: string
  /** Seconds until it is ended. */
  limit: number
}

const Told = z.union([
  z.object({ line: z.string() }),
  z.object({ code: z.int(), result: z.string() }),
  z.object({ unknown: z.literal(true) }),
])

/** `unknown`: the node knows nothing of such a unit. `timedOut`: it took longer than its limit. */
export type CommandEnd = { kind: 'ended'; code: number; timedOut: boolean } | { kind: 'unknown' }

/** What belongs to a process that stays, and not to a command that ends. */
const ofProcesses = /^(Restart|RestartSec|ExecStart|ExecStartPre|EnvironmentFile|Environment=PORT|MemoryMax)\b/

/** A transient unit takes them as they are. */
const withoutSpecifiers = (line: string): string => line.replaceAll('%S', '/var/lib')

/** The sandbox of the app's processes as properties of a transient unit. */
export function commandProperties({ app, kind, release, environment, memory, limit }: AppCommandInput): string[] {
  const unit = appUnit({ app: { name: app }, kind, slot: 'a', release, environment, port: 0, memory })
  const service = unit.slice(unit.indexOf('[Service]')).split('\n').slice(1)
  return [
    ...service.filter((line) => /^[A-Z][A-Za-z]+=/.test(line) && !ofProcesses.test(line)).map(withoutSpecifiers),
    `EnvironmentFile=${environmentOf({ app, environment })}`,
    `MemoryMax=${memory}M`,
    `RuntimeMaxSec=${limit}`,
    'SendSIGHUP=no',
  ]
}

const environmentOf = ({ app, environment }: Pick<AppCommandInput, 'app' | 'environment'>) =>
  `/srv/bramble/apps/${app}/environments/${environment}`

const programOf = (input: AppCommandInput) => ({
  command: input.command,
  ...(input.kind === 'image'
    ? { program: imageLauncherPath, arguments: [environmentOf(input)] }
    : { program: launcherPath, arguments: [] }),
})

const fileOf = ({ app, unit }: Pick<AppCommandInput, 'app' | 'unit'>) =>
  `/srv/bramble/apps/${app}/commands/${unit.replace(/\.service$/, '')}.json`

interface Following {
  signal: AbortSignal
  onLine: (line: string) => void
}

/** Runs it, or follows the one that runs under this unit. A broken connection or an abort leaves it running. */
export const runCommand = (transport: Transport, input: AppCommandInput, following: Following): Promise<CommandEnd> =>
  attached(
    transport,
    { what: 'start', ...named(input), ...programOf(input), properties: commandProperties(input) },
    input.limit,
    following,
  )

/** Follows one that was started before. */
export const followCommand = (
  transport: Transport,
  input: Pick<AppCommandInput, 'app' | 'unit' | 'limit'>,
  following: Following,
): Promise<CommandEnd> => attached(transport, { what: 'follow', ...named(input) }, input.limit, following)

/** Stops it when it still runs, and removes what is left of it. */
export async function forgetCommand(transport: Transport, input: Pick<AppCommandInput, 'app' | 'unit'>): Promise<void> {
  const stdin = JSON.stringify({ what: 'forget', ...named(input) })
  await transport.exec(['python3', '-I', '-c', script], { as: 'root', stdin, timeout: 120_000 })
}

const named = (input: Pick<AppCommandInput, 'app' | 'unit'>) => ({
  app: input.app,
  unit: input.unit,
  file: fileOf(input),
})

async function attached(
  transport: Transport,
  message: object,
  limit: number,
  { signal, onLine }: Following,
): Promise<CommandEnd> {
  let end: CommandEnd | null = null
  const { code, stderr } = await transport.exec(['python3', '-I', '-u', '-c', script], {
    as: 'root',
    stdin: JSON.stringify(message),
    timeout: (limit + 120) * 1000,
    signal,
    mostOutput: 256 * 1024 * 1024,
    keepOutput: 64 * 1024,
    onLine: (line, stream) => {
      if (stream === 'stderr') return
      const told = jsonLine(Told, line)
      if (!told) return
      if ('line' in told) onLine(told.line)
      else
        end =
          'code' in told ? { kind: 'ended', code: told.code, timedOut: told.result === 'timeout' } : { kind: 'unknown' }
    },
  })
  if (end) return end
  throw new Trouble(
    code === null ? 'connection-lost' : 'app-command',
    `The command could not be run: ${stderr.trim().split('\n').at(-1) || 'the connection ended'}`,
    'Check the node, then try again.',
  )
}
