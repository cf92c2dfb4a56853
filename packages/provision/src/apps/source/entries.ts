/** What an upload consists of, whichever way it came, and how much of it is accepted. */
import { Trouble } from '../../engine/types.ts'

export interface SourceLimits {
  /** Files, folders and links. */
  entries: number
  /** Of all files together, unpacked. */
  bytes: number
}

export const sourceLimits: SourceLimits = { entries: 100_000, bytes: 2_000_000_000 }

export type SourceEntry = { path: string } & (
  | { kind: 'folder' }
  /** `size`: as announced. The content must be read before the next entry is asked for. */
  | { kind: 'file'; executable: boolean; size: number; content: () => AsyncIterable<Uint8Array> }
  /** `hard`: another name of a file that came before. */
  | { kind: 'link'; target: string; hard: boolean }
  /** Nothing that an app consists of: a device, a pipe, a socket. */
  | { kind: 'other'; what: string }
)

const longestPath = 1000
const longestName = 255

/** Where an entry goes: words between slashes. Null: it is the root itself, or nothing that an app needs. */
export function releasePath(path: string): string | null {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.')
  const refuse = (why: string) => {
    throw refused(
      'archive-path',
      path,
      why,
      'Create the archive from the folder itself: tar czf app.tar.gz -C FOLDER .',
    )
  }
  if (path.startsWith('/') || /^[A-Za-z]:[\\/]/.test(path)) refuse('its path is absolute')
  if (parts.includes('..')) refuse('its path leads out of the archive')
  if (path.includes('\\')) refuse('its path has a backslash')
  if (/\p{Cc}/u.test(path)) refuse('its path has a control character')
  if (/\ufffd|\p{Surrogate}/u.test(path)) refuse('its path is not UTF-8')
  if (Buffer.byteLength(path) > longestPath || parts.some((part) => Buffer.byteLength(part) > longestName))
    refuse('its path is too long')
  return parts.length === 0 || parts.some(unwanted) ? null : parts.join('/')
}

/** History and what file managers leave behind: it is not the app, and history can hold secrets. */
const unwanted = (name: string): boolean =>
  ['.git', '.hg', '.svn', '__MACOSX', '.DS_Store', 'Thumbs.db'].includes(name) || name.startsWith('._')

/** `path` is shown without what could move the cursor. */
export function refused(code: string, path: string, why: string, cure: string): Trouble {
  const shown = path.replace(/\p{Cc}|[\u200b-\u200f\u202a-\u202e\u2066-\u2069]/gu, '?').slice(0, 200)
  return new Trouble(code, `"${shown}" cannot be part of an app: ${why}.`, cure)
}

export function tooMuch(what: string, limit: string): Trouble {
  return new Trouble(
    'archive-too-large',
    `The upload has more than ${limit} ${what}.`,
    'Leave out what the app does not need to run, such as caches and media.',
  )
}
