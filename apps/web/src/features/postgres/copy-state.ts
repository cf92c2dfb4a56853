/** What a copy of the database was in a bin, by Patroni's flags averaged over it. Pure. */

export type CopyState = 'primary' | 'streaming' | 'detached' | 'down'

type Share = number | null | undefined

/** What held for the greater part of the bin; a primary at any time of a long bin is not hidden by it. Null: not measured. */
export function copyStateAt({
  primary,
  running,
  streaming,
}: Record<'primary' | 'running' | 'streaming', Share>): CopyState | null {
  if (primary == null && running == null) return null
  if ((primary ?? 0) >= 0.5) return 'primary'
  if ((streaming ?? 0) >= 0.5) return 'streaming'
  if ((running ?? 0) + (primary ?? 0) < 0.5) return 'down'
  // Half a bin primary, half a replica: a failover within it.
  if ((primary ?? 0) + (streaming ?? 0) >= 0.5) return (primary ?? 0) >= (streaming ?? 0) ? 'primary' : 'streaming'
  return 'detached'
}
