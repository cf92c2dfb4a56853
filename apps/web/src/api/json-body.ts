/** A JSON body as its schema reads it; null when it is too large, no JSON, or not what was asked for. */
import type { z } from 'zod'

export async function jsonBody<T>(request: Request, schema: z.ZodType<T>, limit: number): Promise<T | null> {
  if (Number(request.headers.get('content-length') ?? 0) > limit) return null
  const text = await request.text().catch(() => '')
  if (text.length > limit) return null
  try {
    return schema.safeParse(JSON.parse(text)).data ?? null
  } catch {
    return null
  }
}
