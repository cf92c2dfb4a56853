/** One POST of JSON to a Bramble. */
import { Trouble } from '@bramble/provision'
import { z } from 'zod'

const usualMs = 30_000

/** No answer, or one that says to try again. */
export class Unanswered extends Error {
  override name = 'Unanswered'
}

export interface PostOptions {
  /** Milliseconds for the whole answer; default 30 s. */
  answerMs?: number
  signal?: AbortSignal
}

const Problem = z.object({ code: z.string(), message: z.string(), cure: z.string().default('') })

/** Throws Unanswered, or the Trouble that the other side answers. */
export async function post(
  url: URL,
  body: string,
  headers: Record<string, string>,
  options: PostOptions = {},
): Promise<unknown> {
  const limit = AbortSignal.timeout(options.answerMs ?? usualMs)
  const signal = options.signal ? AbortSignal.any([limit, options.signal]) : limit
  const failed = (error: Error) => {
    const cause = error.cause instanceof Error ? `: ${error.cause.message}` : ''
    throw new Unanswered(`${url.origin} is unreachable (${error.message}${cause}).`)
  }
  // Packed answers would show by their length what is in them.
  const sent = { 'content-type': 'application/json', 'accept-encoding': 'identity', ...headers }
  const answer = await fetch(url, { method: 'POST', body, headers: sent, redirect: 'error', signal }).catch(failed)
  const text = await answer.text().catch(failed)
  // 413 too: after a restart it takes large bodies only from whom it has seen.
  if (answer.status >= 500 || [408, 413, 429].includes(answer.status))
    throw new Unanswered(`${url.origin} returned HTTP ${answer.status}.`)
  const json = parsed(text)
  if (answer.ok && json !== undefined) return json
  const problem = Problem.safeParse(json).data
  if (problem) throw new Trouble(problem.code, problem.message, problem.cure)
  const words = answer.status === 403 ? text.trim().slice(0, 400) : `It returned HTTP ${answer.status}.`
  throw new Trouble('station-refused', words, `Check that ${url.origin} is the address of your Bramble.`)
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
