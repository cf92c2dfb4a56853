/** What a source said at a moment, and how two moments become a rate. */

/** `since`: seconds on the node's own steady clock. */
export interface Reading<T> {
  value: T
  since: number
}

/** What a source said now and, for rates, the time before; null: never, or not since the node came back. */
export interface Asked<T> {
  node: string
  now: Reading<T>
  before: Reading<T> | null
}

/** A counter's rise a second; undefined at the first look and when it was reset. */
export type Rate<T> = (counter: (value: T) => number | null | undefined) => number | undefined

export function rates<T>({ now, before }: Pick<Asked<T>, 'now' | 'before'>): Rate<T> {
  const seconds = before ? now.since - before.since : 0
  return (counter) => {
    if (!before || seconds <= 0) return undefined
    const [from, to] = [counter(before.value), counter(now.value)]
    if (from == null || to == null || to < from) return undefined
    return (to - from) / seconds
  }
}

/** Only what was measured: what is undefined, null or not a number is left out. */
export function measured<T extends string>(
  values: { [K in T]?: number | null | undefined },
): Partial<Record<T, number>> {
  return Object.fromEntries(
    Object.entries(values).filter(([, value]) => typeof value === 'number' && Number.isFinite(value)),
  ) as Partial<Record<T, number>>
}

export const flag = (value: boolean | null): number | null => (value === null ? null : Number(value))

export const atMost = (limit: number, value: number | undefined): number | undefined =>
  value === undefined ? undefined : Math.min(limit, value)
