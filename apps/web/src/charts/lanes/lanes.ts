/** Who was what, when: stretches of one state on a lane. Pure; times are seconds since 1970. */
import type { Bins, Stretch } from '@/charts/curve.ts'

export interface LaneStretch<S extends string> extends Stretch {
  state: S
}

/** Bins of the same state that touch become one stretch; where the state is null there is none. */
export function stretchesOf<S extends string>(
  { times, step }: Bins,
  stateOf: (bin: number) => S | null,
  window: Stretch,
): LaneStretch<S>[] {
  const found: LaneStretch<S>[] = []
  times.forEach((time, bin) => {
    const state = stateOf(bin)
    if (state === null) return
    const from = Math.max(time, window.from)
    const to = Math.min(time + step, window.to)
    if (to <= from) return
    const last = found.at(-1)
    if (last && last.state === state && time - last.to < 1) last.to = to
    else found.push({ from, to, state })
  })
  return found
}
