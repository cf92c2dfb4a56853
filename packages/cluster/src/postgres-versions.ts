/** Major versions that Bramble knows how to run. */
export const postgresVersions = [15, 16, 17] as const

/** Versions that a cluster with this one can be upgraded to, the newest first. */
export function newerVersions(present: number): (typeof postgresVersions)[number][] {
  return postgresVersions.filter((version) => version > present).reverse()
}
