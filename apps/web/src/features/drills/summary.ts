/** What drills of a class have shown so far. Pure. */
import { type DrillClass, drillClasses } from '@bramble/cluster'
import type { DrillView } from '@bramble/db/runs'

export interface DrillSummary {
  class: DrillClass
  synchronous: boolean
  count: number
  /** Seconds. */
  writes50: number
  writes95: number
  site95: number | null
  lost: number
  whole50: number | null
}

/** The value that a share of them does not exceed, by nearest rank. */
export function quantile(values: readonly number[], share: number): number | null {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null
}

/** By class and kind of replication, in the order of the classes; only what was measured. */
export function summarise(drills: readonly DrillView[]): DrillSummary[] {
  return drillClasses.flatMap((kind) =>
    [true, false].flatMap((synchronous) => {
      const of = drills.filter((drill) => drill.class === kind && drill.synchronous === synchronous)
      const writes = of.map(({ writeOutage }) => writeOutage).filter((value) => value !== null)
      const [writes50, writes95] = [quantile(writes, 0.5), quantile(writes, 0.95)]
      if (writes50 === null || writes95 === null) return []
      const sites = of.map(({ siteOutage }) => siteOutage).filter((value) => value !== null)
      const wholes = of.map(({ secondsToWhole }) => secondsToWhole).filter((value) => value !== null)
      const lost = of.reduce((sum, drill) => sum + (drill.lost ?? 0), 0)
      const site95 = quantile(sites, 0.95)
      return [
        {
          class: kind,
          synchronous,
          count: writes.length,
          writes50,
          writes95,
          site95,
          lost,
          whole50: quantile(wholes, 0.5),
        },
      ]
    }),
  )
}
