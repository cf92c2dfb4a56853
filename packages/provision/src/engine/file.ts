/** Facts about files and folders. */
import { inflateSync } from 'node:zlib'
import { z } from 'zod'
import type { Fact } from './types.ts'

/** Where a node keeps what was in the place of a file before Bramble wrote its own. */
export const keptPath = (path: string): string => `/var/lib/bramble/kept${path}`

/** gather.py packs no larger file. */
const mostBytes = 16 * 1024 * 1024

const FileAnswer = z.object({
  kind: z.enum(['absent', 'file', 'folder', 'link', 'other']),
  sha256: z.string().nullable().default(null),
  mode: z.number().default(0),
  owner: z.string().default(''),
  size: z.number().default(0),
  mtime: z.number().default(0),
  content: z.string().nullable().default(null),
  /** Base64 of the deflated bytes, when they are long or no UTF-8. */
  packed: z.string().optional(),
  foreign: z.boolean().default(false),
  folder: z.object({ mode: z.number(), owner: z.string() }).nullable().default(null),
})

export interface FileState {
  kind: 'absent' | 'file' | 'folder' | 'link' | 'other'
  /** Hex, files only. */
  sha256: string | null
  /** Permission bits, e.g. 0o644; 0 when absent. */
  mode: number
  /** `user:group`. */
  owner: string
  size: number
  /** Seconds since 1970. */
  mtime: number
  /** Text when it was asked for and is UTF-8. */
  content: string | null
  /** Every byte when the content was asked for; null also for a file of more than 16 MiB. */
  bytes: Buffer | null
  /** Neither Bramble nor a Debian package has written it: it is the user's own. */
  foreign: boolean
  /** The folder that it lies in; null: there is none. */
  folder: { mode: number; owner: string } | null
}

/** `content`: its text too; `foreign`: only when it is the user's own. */
export function fileState(path: string, options: { content?: boolean | 'foreign' } = {}): Fact<FileState> {
  const { content } = options
  return {
    key: `file ${content ? (content === 'foreign' ? 'foreign ' : 'text ') : ''}${path}`,
    query: { kind: 'file', path, ...(content ? { content } : {}) },
    read(answer) {
      const { packed, ...state } = FileAnswer.parse(answer)
      if (packed === undefined)
        return { ...state, bytes: state.content === null ? null : Buffer.from(state.content, 'utf8') }
      const bytes = inflateSync(Buffer.from(packed, 'base64'), { maxOutputLength: mostBytes })
      return { ...state, bytes, content: textOf(bytes) }
    },
  }
}

function textOf(bytes: Buffer): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return null
  }
}
