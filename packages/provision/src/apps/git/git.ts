/** Runs git on this machine: argv only, no hooks, no configuration but what is given here. */
import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { isOnPath, run } from '@bramble/process'
import { Trouble } from '../../engine/types.ts'
import { type GitAccess, gitEnvironment } from './access.ts'
import { gitTrouble } from './errors.ts'

export interface Git {
  access: GitAccess
  environment: Record<string, string | undefined>
  signal?: AbortSignal | undefined
}

/** Every command has these: a repository can bring no program to run. */
const settings = [
  ...['core.hooksPath=/dev/null', 'core.fsmonitor=false', 'core.symlinks=true', 'protocol.version=2'],
  ...[
    'submodule.recurse=false',
    'fetch.recurseSubmodules=false',
    'credential.helper=',
    'gc.auto=0',
    'maintenance.auto=false',
  ],
  ...['fetch.fsckObjects=true', 'init.defaultBranch=main', 'advice.detachedHead=false', 'http.emptyAuth=false'],
].flatMap((setting) => ['-c', setting])

/** Prepares access below `parent` and removes what it left, the private key included. Trouble `git-missing`. */
export async function withGit<T>(
  input: { access: GitAccess; parent: string; signal?: AbortSignal | undefined },
  work: (git: Git, folder: string) => Promise<T>,
): Promise<T> {
  const { access, parent, signal } = input
  if (!(await isOnPath('git')))
    throw new Trouble('git-missing', 'This machine has no git.', 'Install it: apt install git openssh-client')
  const folder = join(parent, `.git-${randomUUID()}`)
  try {
    return await work({ access, environment: await gitEnvironment(access, folder), signal }, folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Standard output of a command. `seconds`: after which it is ended. Troubles of `gitTrouble`, `git-timeout`. */
export async function runGit(
  { access, environment, signal }: Git,
  argv: readonly string[],
  { seconds = 120, cwd }: { seconds?: number; cwd?: string } = {},
): Promise<string> {
  const timeout = AbortSignal.timeout(seconds * 1000)
  const done = await run(['git', ...settings, ...argv], {
    ...(cwd ? { cwd } : {}),
    env: environment,
    signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    timeout: (seconds + 60) * 1000,
  })
  signal?.throwIfAborted()
  if (timeout.aborted)
    throw new Trouble(
      'git-timeout',
      `The repository was not read within ${seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`}.`,
      'Check the connection to the git server, then try again.',
    )
  if (done.code !== 0) throw gitTrouble(access, done.stderr)
  return done.stdout
}
