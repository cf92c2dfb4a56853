/** A way to a node. Two implementations: ssh, and this machine for tests of scripts. */
import type { NodeSpec } from '@bramble/cluster'
import type { Secret } from './types.ts'

export type Login = { user: string; password: Secret } | { user: string; privateKey: Secret }

export interface ExecOptions {
  /** User on the node; default: the one who signed in. */
  as?: 'root' | 'postgres'
  stdin?: string | Secret
  /** Milliseconds; default 60 000. On time-out the promise rejects with Trouble `exec-timeout`. */
  timeout?: number
  signal?: AbortSignal
  /** Bytes of both streams together; default 8 MiB. More: Trouble `output-too-large`, and nobody listens any more. */
  mostOutput?: number
  /** Only the last characters of each stream are in the result; default: all. */
  keepOutput?: number
  onLine?: (line: string, stream: 'stdout' | 'stderr') => void
}

export interface ExecResult {
  /** Exit status; null when a signal ended the command or the connection broke. */
  code: number | null
  stdout: string
  stderr: string
}

export interface TalkOptions {
  /** User on the node; default: the one who signed in. */
  as?: ExecOptions['as']
  /** Every line of its standard output. */
  onLine: (line: string) => void
}

/** A command that stays and is spoken to. */
export interface Talk {
  /** Writes to its standard input; nothing when it has ended. */
  say(text: string): void
  /** Resolves when it ended or the connection broke (code null); `stderr` holds its last words. Never rejects. */
  readonly ended: Promise<{ code: number | null; stderr: string }>
  /** Closes its standard input and forgets it. The command has to end by itself then. */
  close(): void
}

/** Which worker's turn it is on a cluster: one of a later run, or of the same run with a higher fence, has followed it. */
export interface Claim {
  /** Id of the run. */
  run: string
  /** The run's turn: rises with each run of the cluster, which has one at a time. Milliseconds since 1970, or more. */
  since: number
  /** Rises with every worker that takes the run. */
  fence: number
}

export interface Transport {
  /** Absent: whoever uses it holds no run (command line, watching). */
  readonly claim?: Claim | undefined
  exec(argv: readonly string[], options?: ExecOptions): Promise<ExecResult>
  /** Starts a command that stays. It occupies one channel of the connection until it ends. */
  talk(argv: readonly string[], options: TalkOptions): Promise<Talk>
  /**
   * Signs in over a connection of its own, with this login and nothing else. Trouble as of opening one; absent: this
   * way to a node has no logins.
   */
  tryLogin?(login: Login, signal?: AbortSignal): Promise<void>
  close(): Promise<void>
}

/** The ways to all nodes of a cluster: one kept connection each. */
export interface Fleet {
  /** The node's connection: kept, and opened again when it broke. Trouble `closed` after `close`. */
  connect(node: NodeSpec, signal?: AbortSignal): Promise<Transport>
  close(): Promise<void>
}
