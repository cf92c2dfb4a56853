/** What git and ssh print when they fail, as sentences with what to do. */
import { Trouble } from '../../engine/types.ts'
import { bareHost, type GitAccess, gitUrl } from './access.ts'

interface Known {
  code: string
  pattern: RegExp
  message: (host: string) => string
  cure: (access: GitAccess) => string
}

const isSsh = ({ url }: GitAccess): boolean => gitUrl(url).protocol === 'ssh'

const refused: Omit<Known, 'pattern'> = {
  code: 'git-auth',
  message: (host) => `${host} refused access to the repository.`,
  cure: (access) =>
    isSsh(access)
      ? 'Add the public key to the repository as a deploy key with read access, and check the user name in the URL.'
      : 'Enter an access token that can read the repository. The current one has expired, was revoked, or has no read permission.',
}

/** In this order: the first that fits. */
const known: readonly Known[] = [
  {
    code: 'git-missing',
    pattern: /^(?:ssh: not found|.*: ssh: (?:command )?not found)|cannot run ssh|remote-https' is not a git command/m,
    message: () => 'A program that is needed to fetch repositories is missing on this machine.',
    cure: () => 'Install the packages git and openssh-client on the machine of the worker.',
  },
  {
    code: 'git-host-key-changed',
    pattern: /REMOTE HOST IDENTIFICATION HAS CHANGED|no matching host key type|Host key verification failed/,
    message: (host) => `${host} shows a host key that differs from the pinned one. Nothing was sent to it.`,
    cure: () =>
      'If the owner of the server replaced the key, compare the new fingerprint and accept it. If not, the connection may be intercepted.',
  },
  { ...refused, pattern: /Permission denied \(|Too many authentication failures|Load key .*: / },
  {
    ...refused,
    pattern:
      /Authentication failed for|could not read (?:Username|Password)|Access denied|returned error: 40[13]|terminal prompts disabled/,
  },
  {
    code: 'git-certificate',
    pattern: /SSL certificate problem|server certificate verification failed|certificate subject name/i,
    message: (host) => `The certificate of ${host} cannot be verified.`,
    cure: () =>
      'Use ssh, or give the server a certificate of a public authority; one of your own must be trusted by the machine of the worker.',
  },
  {
    code: 'git-not-found',
    pattern:
      /does not appear to be a git repository|repository not found|repository '.*' not found|could not be found|returned error: 404|cannot find repository|no such repository/i,
    message: (host) => `${host} has no such repository, or Bramble has no access to it.`,
    cure: (access) =>
      isSsh(access)
        ? 'Check the path in the URL, and that the public key is a deploy key of this repository.'
        : 'Check the path in the URL. A private repository needs an access token.',
  },
  {
    code: 'git-unreachable',
    pattern: /Could not resolve host|Name or service not known|name resolution/i,
    message: (host) => `The name ${host} cannot be resolved by DNS.`,
    cure: () => 'Check the host in the URL and the connection to the internet.',
  },
  {
    code: 'git-unreachable',
    pattern:
      /Connection (?:refused|timed out|reset|closed)|Failed to connect|No route to host|Network is unreachable|Operation timed out|kex_exchange_identification|Could not connect|early EOF|hung up unexpectedly|unexpected disconnect/i,
    message: (host) => `${host} is unreachable, or the connection was lost.`,
    cure: () => 'Check the host and the port in the URL, and that the server is running. Then try again.',
  },
]

/** `output`: of a command that failed. */
export function gitTrouble(access: GitAccess, output: string): Trouble {
  const host = bareHost(gitUrl(access.url))
  if (!access.hostKey && isSsh(access) && /Host key verification failed|No .* host key is known/.test(output))
    return hostKeyUnknown(host)
  const found = known.find(({ pattern }) => pattern.test(output))
  if (found) return new Trouble(found.code, found.message(host), found.cure(access))
  return new Trouble(
    'git-failed',
    `The repository on ${host} could not be read: ${lastWords(output)}`,
    'Check that git can clone the repository from another machine, then try again.',
  )
}

const hostKeyUnknown = (host: string): Trouble =>
  new Trouble(
    'git-host-key-unknown',
    `The host key of ${host} was not confirmed yet. Nothing was sent to it.`,
    'Compare the fingerprint with the one published by the owner of the server, and confirm it.',
  )

/** What a server sends is shown without what moves the cursor, and not at length. */
function lastWords(output: string): string {
  const lines = output
    .split('\n')
    .map((line) => line.replace(/\p{Cc}/gu, ' ').trim())
    .filter((line) => line !== '' && !/^(?:and the repository exists|Please make sure)/.test(line))
  return (
    lines.find((line) => /^(?:fatal|error|ERROR|remote):/.test(line)) ??
    lines.at(-1) ??
    'git gave no reason'
  ).slice(0, 300)
}
