/** How long a cluster's certificates last, and when they are renewed. Times in milliseconds. */

/** The authority is valid this long from its issue, and every certificate lasts as long as the authority. */
export const authorityLifetime = 20 * 365 * 86_400_000

/** Renewed when less than this share of the lifetime is left. */
const renewalShare = 1 / 3

/**
 * The share of its lifetime that a certificate has left, 0 to 1. Certificates are backdated, so `from` says how long one
 * was made for only up to the authority's lifetime.
 */
export function shareLeft(certificate: { from: number; until: number }, now: number): number {
  const lifetime = Math.min(authorityLifetime, certificate.until - certificate.from)
  return lifetime <= 0 ? 0 : Math.max(0, Math.min(1, (certificate.until - now) / lifetime))
}

export const isRenewalDue = (certificate: { from: number; until: number }, now: number): boolean =>
  shareLeft(certificate, now) < renewalShare
