/** A fact that only a tool of the node can tell. The command must change nothing. */
import { z } from 'zod'
import type { Fact } from './types.ts'

export interface CommandAnswer {
  /** Null: the tool is not installed or took too long. */
  code: number | null
  stdout: string
  stderr: string
}

const Answer = z.object({ code: z.number().nullable(), stdout: z.string(), stderr: z.string() })

export function command(
  argv: readonly string[],
  options: { as?: 'root' | 'postgres'; timeout?: number } = {},
): Fact<CommandAnswer> {
  return {
    key: `command ${options.as ?? 'root'} ${JSON.stringify(argv)}`,
    query: { kind: 'command', argv, ...options },
    read: (answer) => Answer.parse(answer),
  }
}
