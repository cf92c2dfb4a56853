/** A git repository as what is deployed from the command line: its access, and the host keys that a person has accepted. */
import { existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { GitBranch, GitFolder, looksLikeGitUrl } from '@bramble/cluster'
import { Secret, Trouble } from '@bramble/provision'
import { type CheckoutInput, type GitAccess, gitHostKey, gitUrl, hostKeyFingerprint } from '@bramble/provision/git'
import { type Command, InvalidArgumentError } from 'commander'

export interface GitOptions {
  branch?: string
  folder?: string
  key?: string
  gitTokenFile?: string
  hostKey?: string
}

export const withGit = (command: Command): Command =>
  command
    .option('--branch <name>', 'of a git repository; default: its default branch', parsed(GitBranch))
    .option('--folder <path>', 'of a git repository: only this folder is the app', parsed(GitFolder))
    .option(
      '--key <file>',
      'private SSH key for a git repository; default: your own keys and your SSH agent; with --to, a key of the dashboard is used',
    )
    .option('--git-token-file <file>', 'file with an access token for a git repository over https')
    .option('--host-key <fingerprint>', 'accept and store this host key of the git server, SHA256:…', fingerprint)

const parsed =
  (schema: typeof GitBranch | typeof GitFolder) =>
  (text: string): string => {
    const { success, data, error } = schema.safeParse(text)
    if (success) return data
    throw new InvalidArgumentError(`It ${error.issues[0]?.message}.`)
  }

function fingerprint(text: string): string {
  if (/^SHA256:[A-Za-z0-9+/]{43}$/.test(text)) return text
  throw new InvalidArgumentError('It must be SHA256: and 43 letters, digits, + or /.')
}

/** A path of this machine comes first. */
export const isRepository = (source: string): boolean => !existsSync(source) && looksLikeGitUrl(source)

/** Trouble `git-options`. */
export function refuseGitOptions(options: GitOptions): void {
  const given = (['branch', 'folder', 'key', 'gitTokenFile', 'hostKey'] as const).filter((name) => options[name])
  if (given.length > 0)
    throw new Trouble(
      'git-options',
      '--branch, --folder, --key, --git-token-file and --host-key are for git repositories, but this is a local path.',
      'Leave them out, or give the URL of the repository.',
    )
}

/** `folder`: of the cluster on this machine. Troubles `git-url`, `git-options`, `git-host-key-unknown`, `git-host-key-changed`. */
export async function gitSource(
  url: string,
  options: GitOptions,
  { folder, signal }: { folder: string; signal: AbortSignal },
): Promise<Pick<CheckoutInput, 'access' | 'branch' | 'folder'>> {
  const { protocol, host, port } = gitUrl(url)
  const { branch = null, folder: part = null } = options
  if (protocol === 'https') {
    if (options.key) throw wrongAccess('--key', 'ssh', '--git-token-file')
    const token = options.gitTokenFile ? readSecretFile(options.gitTokenFile, 'token') : null
    return { access: { url, token }, branch, folder: part }
  }
  if (options.gitTokenFile) throw wrongAccess('--git-token-file', 'https', '--key')
  const hosts = new AcceptedHosts(join(folder, 'git-hosts.json'))
  const name = `${host}:${port}`
  const hostKey = options.hostKey ? await accepted(url, options.hostKey, signal) : hosts.get(name)
  if (!hostKey) throw await unknownHost(url, signal)
  if (options.hostKey) hosts.set(name, hostKey)
  const key = options.key ? { key: readSecretFile(options.key, 'private key') } : {}
  return { access: { url, hostKey, ...key }, branch, folder: part }
}

/** Says with which option a changed host key is accepted. */
export async function explainGit(error: unknown, access: GitAccess): Promise<unknown> {
  if (!(error instanceof Trouble) || error.code !== 'git-host-key-changed') return error
  const shown = await gitHostKey(access.url).catch(() => null)
  if (!shown) return error
  const print = hostKeyFingerprint(shown)
  return new Trouble(
    error.code,
    error.message,
    `${error.cure} It shows ${print} now: --host-key ${print} accepts that.`,
  )
}

async function accepted(url: string, print: string, signal: AbortSignal): Promise<string> {
  const shown = await gitHostKey(url, { signal })
  if (hostKeyFingerprint(shown) === print) return shown
  throw new Trouble(
    'git-host-key-changed',
    `${gitUrl(url).host} shows the host key ${hostKeyFingerprint(shown)}, not ${print}. Nothing was sent to it.`,
    'Compare the fingerprint with the one published by the owner of the server.',
  )
}

async function unknownHost(url: string, signal: AbortSignal): Promise<Trouble> {
  const print = hostKeyFingerprint(await gitHostKey(url, { signal }))
  return new Trouble(
    'git-host-key-unknown',
    `The host key of ${gitUrl(url).host} was not accepted yet. It shows ${print}.`,
    `Compare it with the one published by the owner of the server, then deploy again with --host-key ${print}`,
  )
}

const wrongAccess = (option: string, protocol: string, other: string): Trouble =>
  new Trouble('git-options', `${option} is for ${protocol} URLs.`, `Use ${other}, or a URL of ${protocol}.`)

/** Trouble `git-options`. */
export function readSecretFile(file: string, what: string): Secret {
  const text = existsSync(file) && statSync(file).isFile() ? readFileSync(file, 'utf8').trim() : ''
  if (text === '')
    throw new Trouble('git-options', `${file} is empty or does not exist.`, `Give the file that holds the ${what}.`)
  return new Secret(text)
}

/** By `host:port`. */
type Hosts = Record<string, string>

class AcceptedHosts {
  readonly #file: string

  constructor(file: string) {
    this.#file = file
  }

  get(host: string): string | undefined {
    return this.#read()[host]
  }

  set(host: string, key: string): void {
    mkdirSync(dirname(this.#file), { recursive: true, mode: 0o700 })
    const text = JSON.stringify({ ...this.#read(), [host]: key }, null, 2)
    writeFileSync(`${this.#file}.new`, `${text}\n`, { mode: 0o600 })
    renameSync(`${this.#file}.new`, this.#file)
  }

  #read(): Hosts {
    return existsSync(this.#file) ? (JSON.parse(readFileSync(this.#file, 'utf8')) as Hosts) : {}
  }
}
