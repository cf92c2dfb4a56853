/** What an API route answers: data, or the words of a refusal. */
import { Refusal } from '@bramble/db'
import { z } from 'zod'

const headers = { 'cache-control': 'no-store' }

/** JSON, or the Response that `work` made itself. A Refusal becomes { code, message, cure }: 404 for what is not there, else 400. */
export async function apiAnswer(work: () => Promise<object | Response>): Promise<Response> {
  try {
    const made = await work()
    return made instanceof Response ? made : Response.json(made, { headers })
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    const { code, message, cure } = error
    return Response.json({ code, message, cure }, { status: code.endsWith('-unknown') ? 404 : 400, headers })
  }
}

const Moment = z
  .string('is needed: seconds since 1970')
  .regex(/^\d{1,11}(\.\d{1,9})?$/, 'must be seconds since 1970')
  .transform((text) => new Date(Number(text) * 1000))

const Range = z.object({ from: Moment, to: Moment })

/** `?from=&to=` in seconds since 1970. Refusal `range-invalid`. */
export function rangeAsked(query: URLSearchParams): z.output<typeof Range> {
  const range = Range.safeParse({ from: query.get('from') ?? undefined, to: query.get('to') ?? undefined })
  if (range.success) return range.data
  const words = range.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`)
  throw new Refusal('range-invalid', `${words.join('; ')}.`, 'Write for instance ?from=1795600000&to=1795603600.')
}
