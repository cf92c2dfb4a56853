/** Bytes as they are printed on cards: powers of ten. */
export const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`
