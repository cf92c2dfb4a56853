/** Git repositories as the source of an app: which URLs, branches and folders are accepted, and what is kept of a commit. */
import { z } from 'zod'

export interface GitUrl {
  protocol: 'ssh' | 'https'
  /** Null: none was given. Only of ssh. */
  user: string | null
  host: string
  port: number
  /** As git is given it; an scp-like URL stays one, because its path is relative to the user's home folder. */
  url: string
}

const defaultPorts = { ssh: 22, https: 443 } as const
const longestUrl = 500

/** Protocols that git knows and Bramble refuses, with the reason. */
const refusedProtocols: Readonly<Record<string, string>> = {
  http: 'http is not encrypted: anybody on the way could change the code. Use https',
  git: 'the git protocol is not encrypted: anybody on the way could change the code. Use https or ssh',
  file: 'file URLs are not fetched. Deploy a folder of this machine by its path',
}

/** A repository that can be fetched, or why it cannot, as the end of "The URL …". */
export function parseGitUrl(text: string): GitUrl | { problem: string } {
  if (text.length > longestUrl) return { problem: `must be ${longestUrl} characters at most` }
  if (/[\p{Cc}\s]|[^\x21-\x7e]/u.test(text))
    return { problem: 'must be one word of ASCII characters, without spaces or line breaks' }
  if (text.startsWith('-')) return { problem: 'must not start with a hyphen' }
  if (/^[^/]*::/.test(text)) return { problem: 'must not name a transport helper such as ext::. Use https or ssh' }
  const protocol = /^([A-Za-z][A-Za-z0-9+.-]*):\/\//.exec(text)?.[1]?.toLowerCase()
  if (protocol === undefined) return scpLike(text)
  if (protocol !== 'ssh' && protocol !== 'https')
    return { problem: `must start with https:// or ssh://: ${refusedProtocols[protocol] ?? `${protocol} is not used`}` }
  const url = URL.canParse(text) ? new URL(text) : null
  const host = url?.hostname ?? ''
  if (!url || !isHost(host)) return { problem: 'must name a host, such as https://git.example.org/team/shop.git' }
  if (url.search || url.hash) return { problem: 'must not have a part that starts with ? or #' }
  if (url.password || (protocol === 'https' && url.username))
    return { problem: 'must not contain a user name or a password. An access token has a field of its own' }
  if (url.username && !isUser(url.username)) return { problem: 'must have a plain user name, such as git' }
  if (!isPath(url.pathname.slice(1)))
    return { problem: 'must end with the path of a repository, such as /team/shop.git' }
  const port = url.port === '' ? defaultPorts[protocol] : Number(url.port)
  return { protocol, user: url.username || null, host, port, url: text }
}

/** `git@host:path`, as git reads it: no slash before the colon. */
function scpLike(text: string): GitUrl | { problem: string } {
  const [, user = null, host = '', path = ''] = /^(?:([^@/:]+)@)?(\[[0-9A-Fa-f:.]+\]|[^@/:]+):(.+)$/.exec(text) ?? []
  if (!isHost(host) || (user !== null && !isUser(user)) || !isPath(path.replace(/^\//, '')))
    return { problem: 'must look like https://git.example.org/team/shop.git or git@git.example.org:team/shop.git' }
  return { protocol: 'ssh', user, host, port: defaultPorts.ssh, url: text }
}

const isHost = (host: string): boolean =>
  /^(?:[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?|\[[0-9A-Fa-f:.]+\])$/.test(host) && host.length <= 253

const isUser = (user: string): boolean => /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/.test(user)

/** A path that starts with a hyphen could be read as an option by the server. */
const isPath = (path: string): boolean =>
  path !== '' &&
  !path.startsWith('-') &&
  path.split('/').every((part) => part !== '..') &&
  !/[\\'"`$;|&<>(){}]/.test(path)

/** Whether a person meant a repository: what is no path of this machine and has the form of a URL. */
export const looksLikeGitUrl = (text: string): boolean =>
  /^[A-Za-z][A-Za-z0-9+.-]*:\/\//.test(text) || /^[^/\\]+::/.test(text) || /^(?:[^@/:]+@)[^/:]+:./.test(text)

export const GitRepositoryUrl = z
  .string()
  .trim()
  .superRefine((text, context) => {
    const parsed = parseGitUrl(text)
    if ('problem' in parsed) context.addIssue({ code: 'custom', message: parsed.problem })
  })

/** As `git check-ref-format --branch` accepts them, without what a shell or a page could misread. */
export const GitBranch = z
  .string()
  .trim()
  .max(200)
  .regex(
    /^(?![-./])(?!.*(?:\.\.|\/\/|\/\.|@\{|\.lock(?:\/|$)))[^\p{Cc}\s~^:?*[\\"'`$;|&<>(){}]+(?<![./])$/u,
    'must be the name of a branch, such as main or release/2',
  )

/** Below the top of the repository; none of its parts is `.`, `..` or `.git`. */
export const GitFolder = z
  .string()
  .trim()
  .max(300)
  .transform((folder) => folder.replace(/\/+$/, ''))
  .refine(
    (folder) =>
      !/[\p{Cc}\\]/u.test(folder) &&
      folder.split('/').every((part) => !['', '.', '..'].includes(part) && part.toLowerCase() !== '.git'),
    'must be a folder of the repository, such as site or apps/web',
  )

/** SHA-1 or SHA-256. */
export const CommitId = z.string().regex(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/)

/** Which commit a release was made of. */
export const GitCommit = z.object({
  url: z.string().max(longestUrl),
  branch: z.string().max(200),
  commit: CommitId,
  /** Its first line. */
  message: z.string().max(300),
  author: z.string().max(200),
  /** When it was committed, ISO. */
  at: z.string().max(40),
})
export type GitCommit = z.infer<typeof GitCommit>

export const shortCommit = (commit: string): string => commit.slice(0, 10)

/** Sites whose pages are on the host that ssh uses, too. */
const sites = ['github.com', 'gitlab.com', 'codeberg.org', 'bitbucket.org']

/** The page of a commit; null: where the server has its pages is not known. */
export function commitLink({ url, commit }: Pick<GitCommit, 'url' | 'commit'>): string | null {
  const parsed = parseGitUrl(url)
  if ('problem' in parsed) return null
  const { protocol, host, port } = parsed
  if (protocol === 'ssh' && !sites.includes(host)) return null
  const path = url
    .replace(/^[a-z]+:\/\/[^/]+\//i, '')
    .replace(/^[^/]*?:/, '')
    .replace(/^\//, '')
    .replace(/\/+$/, '')
    .replace(/\.git$/, '')
  const origin = protocol === 'https' && port !== 443 ? `${host}:${port}` : host
  const part = host.startsWith('gitlab.') ? '-/commit' : host === 'bitbucket.org' ? 'commits' : 'commit'
  return `https://${origin}/${path}/${part}/${commit}`
}
