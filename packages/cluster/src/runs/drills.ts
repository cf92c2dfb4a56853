/** Drills: faults on purpose, on the user's own cluster, with an undo that comes by itself. */
import { z } from 'zod'
import { Preset } from '../spec.ts'
import { drillClasses } from './drill-limits.ts'

/**
 * `primary-*`: PostgreSQL of the primary is stopped, killed, frozen. `network-cut`: the primary reaches nobody.
 * The others take a balancer, a web node, an etcd member away, fill the primary's card, or set its clock wrong.
 */
export const DrillClass = z.enum(drillClasses)
export type DrillClass = z.infer<typeof DrillClass>

export const Drill = z.strictObject({ class: DrillClass })
export type Drill = z.infer<typeof Drill>

/**
 * `held`: everything came back in the time that it may take, nothing acknowledged was lost. `slow`: later than that.
 * `lost`: acknowledged writes are missing. `not-whole`: something is still away. `broken-off`: it was not measured.
 */
export const DrillVerdict = z.enum(['held', 'slow', 'lost', 'not-whole', 'broken-off'])
export type DrillVerdict = z.infer<typeof DrillVerdict>

/** What a drill measured; kept for the trend. Seconds; null where nothing could be measured. */
export const DrillResult = z.object({
  class: DrillClass,
  node: z.string(),
  synchronous: z.boolean(),
  preset: Preset,
  verdict: DrillVerdict,
  /** ISO time of the fault; null when it was not known. */
  faultAt: z.string().nullable(),
  /** The longest time without an acknowledged write, and without a page. */
  writeOutage: z.number().nullable(),
  siteOutage: z.number().nullable(),
  acknowledged: z.int(),
  lost: z.int().nullable(),
  failedWrites: z.int(),
  requests: z.int(),
  failedRequests: z.int(),
  /** From the fault until every node, copy and voter was back. */
  secondsToWhole: z.number().nullable(),
  message: z.string(),
})
export type DrillResult = z.infer<typeof DrillResult>
