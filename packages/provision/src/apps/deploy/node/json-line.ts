/** Lines that programs on a node print. */
import type { z } from 'zod'

/** Null: it is not what was asked for. What a node sends ends no process here. */
export function jsonLine<T>(schema: z.ZodType<T>, line: string): T | null {
  try {
    return schema.safeParse(JSON.parse(line)).data ?? null
  } catch {
    return null
  }
}
