/** A release as people name it. */
export const shortDigest = (digest: string): string => digest.slice(0, 12)
