/** A fact that only a tool of the node can tell. The command must change nothing. */
import type { Fact } from '../core/types.ts'

export interface CommandAnswer {
  /** Null: the tool is not installed or took too long. */
  code: number | null
  stdout: string
  stderr: string
}

export function command(
  argv: readonly string[],
  options: { as?: 'root' | 'postgres'; timeout?: number } = {},
): Fact<CommandAnswer> {
  return {
    key: `command ${options.as ?? 'root'} ${JSON.stringify(argv)}`,
    query: { kind: 'command', argv, ...options },
    read: (answer) => answer as CommandAnswer,
  }
}
