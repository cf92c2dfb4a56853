/** Facts asked over HTTP from the node: Patroni's REST API, etcd's health, the site itself. */
import { z } from 'zod'
import type { Fact, Query } from '../engine/types.ts'

export interface HttpAnswer {
  /** Null: no answer; `error` says why. */
  status: number | null
  body: string
  error: string | null
}

const Answer = z.object({ status: z.number().nullable(), body: z.string(), error: z.string().nullable() })

export function http(
  url: string,
  options: Omit<Extract<Query, { kind: 'http' }>, 'kind' | 'url'> = {},
): Fact<HttpAnswer> {
  return {
    key: `http ${options.method ?? 'GET'} ${url}`,
    query: { kind: 'http', url, ...options },
    read: (answer) => Answer.parse(answer),
  }
}
