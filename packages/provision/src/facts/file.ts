/** Facts about files and folders. */
import type { Fact } from '../core/types.ts'

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
  /** Text when it was asked for and is UTF-8 of at most 64 KiB. */
  content: string | null
}

export function fileState(path: string, options: { content?: boolean } = {}): Fact<FileState> {
  return {
    key: `file ${options.content ? 'text ' : ''}${path}`,
    query: { kind: 'file', path, ...(options.content ? { content: true } : {}) },
    read: (answer) => answer as FileState,
  }
}
