/**
 * The one module that starts processes on this machine. A command is an argv array; no shell sees it.
 * Everything else (lab, command line, tests) calls these two functions; a lint rule keeps it so.
 */
import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process'
import { access, constants } from 'node:fs/promises'
import { delimiter, isAbsolute, join } from 'node:path'
import { execa } from 'execa'

export interface RunOptions {
  /** Text for the command's standard input; default: closed. */
  stdin?: string
  cwd?: string
  /** Added to this process's environment. */
  env?: Record<string, string | undefined>
  signal?: AbortSignal
  /** Milliseconds after which the command is killed; default 600 000. */
  timeout?: number
  /** Called for every line as it is printed. */
  onLine?: (line: string, stream: 'stdout' | 'stderr') => void
  /** Run as this user and group (root only). */
  uid?: number
  gid?: number
}

export interface RunResult {
  /** Exit status; null when a signal ended the command. */
  code: number | null
  stdout: string
  stderr: string
}

/** Runs a command to its end. A non-zero exit is a result, not an exception; a command that cannot start throws. */
export async function run(argv: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const [file, ...args] = argv
  if (!file) throw new Error('run: the argv is empty')
  const child = execa(file, args, {
    reject: false,
    timeout: options.timeout ?? 600_000,
    killSignal: 'SIGTERM',
    forceKillAfterDelay: 5_000,
    stdin: options.stdin === undefined ? 'ignore' : 'pipe',
    ...(options.stdin === undefined ? {} : { input: options.stdin }),
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.env === undefined ? {} : { env: options.env }),
    ...(options.signal === undefined ? {} : { cancelSignal: options.signal }),
    ...(options.uid === undefined ? {} : { uid: options.uid }),
    ...(options.gid === undefined ? {} : { gid: options.gid }),
  })
  const { onLine } = options
  const followers = onLine
    ? (['stdout', 'stderr'] as const).map(async (stream) => {
        for await (const line of child.iterable({ from: stream })) onLine(String(line), stream)
      })
    : []
  const [result] = await Promise.all([child, ...followers.map((follower) => follower.catch(() => undefined))])
  if (result.exitCode === undefined && result.signal === undefined && result.failed && !result.isCanceled)
    throw new Error(`${file} could not be started: ${result.shortMessage ?? 'unknown reason'}`)
  return { code: result.exitCode ?? null, stdout: String(result.stdout ?? ''), stderr: String(result.stderr ?? '') }
}

/** As `run`, but a non-zero exit throws with the command's last words. Returns standard output. */
export async function must(argv: readonly string[], options: RunOptions = {}): Promise<string> {
  const result = await run(argv, options)
  if (result.code !== 0)
    throw new Error(
      `${argv.join(' ')} failed (${result.code ?? 'killed'}): ${(result.stderr || result.stdout).trim().slice(-2000)}`,
    )
  return result.stdout
}

export interface StartOptions {
  cwd?: string
  /** The whole environment of the child; default: this process's. */
  env?: NodeJS.ProcessEnv
  stdio?: StdioOptions
  /** True: the child leads its own process group and outlives this process. */
  detached?: boolean
  uid?: number
  gid?: number
}

/** Starts a long-lived process and returns at once. The caller owns it and must end it. */
export function start(argv: readonly string[], options: StartOptions = {}): ChildProcess {
  const [file, ...args] = argv
  if (!file) throw new Error('start: the argv is empty')
  return spawn(file, args, { stdio: 'inherit', ...options })
}

/** True when this machine has the program: in PATH, or where Debian keeps those for root. An absolute path is just looked up. */
export async function isOnPath(program: string): Promise<boolean> {
  const search = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin'].filter(Boolean)
  const folders = isAbsolute(program) ? ['/'] : search
  const found = await Promise.all(
    [...new Set(folders)].map((folder) =>
      access(join(folder, program), isAbsolute(program) ? constants.R_OK : constants.X_OK).then(
        () => true,
        () => false,
      ),
    ),
  )
  return found.includes(true)
}
