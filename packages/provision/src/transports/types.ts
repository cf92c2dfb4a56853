/** A way to a node. Three implementations: ssh, local (tests of scripts), scripted (unit tests of plans). */
import type { Secret } from '../core/types.ts'

export interface ExecOptions {
  /** User on the node; default: the one who signed in. */
  as?: 'root' | 'postgres'
  stdin?: string | Secret
  /** Milliseconds; default 60 000. On time-out the promise rejects with Trouble `exec-timeout`. */
  timeout?: number
  signal?: AbortSignal
  onLine?: (line: string, stream: 'stdout' | 'stderr') => void
}

export interface ExecResult {
  /** Exit status; null when a signal ended the command or the connection broke. */
  code: number | null
  stdout: string
  stderr: string
}

export interface Transport {
  exec(argv: readonly string[], options?: ExecOptions): Promise<ExecResult>
  close(): Promise<void>
}
