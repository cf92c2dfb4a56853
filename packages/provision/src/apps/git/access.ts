/** How a git server is reached: its pinned host key, the deploy key or the access token. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type GitUrl, parseGitUrl } from '@bramble/cluster'
import { type Secret, Trouble } from '../../engine/types.ts'

export interface GitAccess {
  url: string
  /** Of an ssh server, as in known_hosts: `ssh-ed25519 AAAA…`. Without it nothing is sent. */
  hostKey?: string | null | undefined
  /** Private key for ssh. Absent: those of this user and of the user's agent. */
  key?: Secret | undefined
  /** For https: an access token, or `user:token`. */
  token?: Secret | null | undefined
  /** File of certificate authorities instead of the system's. */
  authorities?: string | undefined
}

/** Trouble `git-url`. */
export function gitUrl(text: string): GitUrl {
  const parsed = parseGitUrl(text)
  if ('problem' in parsed)
    throw new Trouble('git-url', `The URL of the repository ${parsed.problem}.`, 'Correct the URL.')
  return parsed
}

/** As ssh and known_hosts write a host. */
export const bareHost = ({ host }: GitUrl): string => host.replace(/^\[|\]$/g, '')

/** A constant: what differs is in the file, so that nothing of a user's reaches the shell that git starts. */
const sshCommand = 'ssh -F "$BRAMBLE_GIT_SSH_CONFIG"'

/**
 * Writes what git needs below `folder` and returns its environment. Git reads no configuration of the system or the user, asks
 * nothing, and speaks ssh and https only.
 */
export async function gitEnvironment(access: GitAccess, folder: string): Promise<Record<string, string | undefined>> {
  const url = gitUrl(access.url)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  return {
    ...unset,
    ...fixed,
    HOME: folder,
    ...(access.authorities ? { GIT_SSL_CAINFO: access.authorities } : {}),
    ...(url.protocol === 'ssh' ? await sshEnvironment(access, url, folder) : tokenEnvironment(access, url)),
  }
}

/** Of whoever started this process: it could lead git elsewhere. */
const unset = Object.fromEntries(
  [
    ...['GIT_DIR', 'GIT_WORK_TREE', 'GIT_INDEX_FILE', 'GIT_OBJECT_DIRECTORY', 'GIT_ALTERNATE_OBJECT_DIRECTORIES'],
    ...['GIT_SSH', 'GIT_PROXY_COMMAND', 'GIT_SSL_NO_VERIFY', 'GIT_TEMPLATE_DIR', 'GIT_EXEC_PATH', 'GIT_NAMESPACE'],
    ...['GIT_CONFIG', 'GIT_CONFIG_PARAMETERS', 'GIT_CONFIG_COUNT', 'GIT_TRACE', 'GIT_CURL_VERBOSE', 'SSH_ASKPASS'],
  ].map((name) => [name, undefined]),
)

const fixed = {
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_ATTR_NOSYSTEM: '1',
  GIT_TERMINAL_PROMPT: '0',
  GIT_ASKPASS: '',
  GIT_ALLOW_PROTOCOL: 'ssh:https',
  GIT_LITERAL_PATHSPECS: '1',
  // A connection over which nothing comes for a minute is ended.
  GIT_HTTP_LOW_SPEED_LIMIT: '1',
  GIT_HTTP_LOW_SPEED_TIME: '60',
  LC_ALL: 'C',
  LANGUAGE: 'C',
}

async function sshEnvironment(access: GitAccess, url: GitUrl, folder: string): Promise<Record<string, string>> {
  const { hostKey, key } = access
  const knownHosts = join(folder, 'known_hosts')
  const host = url.port === 22 ? bareHost(url) : `[${bareHost(url)}]:${url.port}`
  await writeFile(knownHosts, hostKey ? `${host} ${hostKey}\n` : '', { mode: 0o600 })
  const keyFile = join(folder, 'key')
  if (key) await writeFile(keyFile, key.reveal().replace(/\n*$/, '\n'), { mode: 0o600 })
  const own = [`IdentityFile "${keyFile}"`, 'IdentitiesOnly yes', 'IdentityAgent none']
  const lines = [
    ...['BatchMode yes', 'StrictHostKeyChecking yes', 'UpdateHostKeys no', 'CheckHostIP no'],
    ...[`UserKnownHostsFile "${knownHosts}"`, 'GlobalKnownHostsFile /dev/null'],
    ...(hostKey ? [`HostKeyAlgorithms ${algorithmsOf(hostKey)}`] : []),
    ...['PreferredAuthentications publickey', 'PasswordAuthentication no', 'ForwardAgent no', 'ForwardX11 no'],
    ...['ClearAllForwardings yes', 'PermitLocalCommand no', 'ControlMaster no', 'ControlPath none'],
    ...['ConnectTimeout 20', 'ServerAliveInterval 15', 'ServerAliveCountMax 4', 'LogLevel INFO'],
    ...(key ? own : []),
  ]
  const config = join(folder, 'ssh_config')
  await writeFile(config, `Host *\n${lines.map((line) => `  ${line}\n`).join('')}`, { mode: 0o600 })
  return { GIT_SSH_COMMAND: sshCommand, GIT_SSH_VARIANT: 'ssh', BRAMBLE_GIT_SSH_CONFIG: config }
}

/** Only the kind of key that is pinned: a server that shows another one has changed. */
function algorithmsOf(hostKey: string): string {
  const [kind = ''] = hostKey.split(' ')
  return kind === 'ssh-rsa' ? 'rsa-sha2-512,rsa-sha2-256' : kind
}

/** In the environment, not in the argv; sent to this origin only. */
function tokenEnvironment({ token }: GitAccess, url: GitUrl): Record<string, string> {
  if (!token) return {}
  const text = token.reveal()
  // GitHub, GitLab, Gitea and Bitbucket take any user name with an access token.
  const login = text.includes(':') ? text : `x-token-auth:${text}`
  return {
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: `http.https://${url.host}${url.port === 443 ? '' : `:${url.port}`}/.extraHeader`,
    GIT_CONFIG_VALUE_0: `Authorization: Basic ${Buffer.from(login).toString('base64')}`,
  }
}
