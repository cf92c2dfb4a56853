/** Text as PostgreSQL can keep it: without the NUL character, and without halves of a surrogate pair. */
export function clean(text: string): string {
  return text.replaceAll('\u0000', '\u2400').replace(/\p{Surrogate}/gu, '\ufffd')
}

/** JSON with every text in it cleaned. */
export function json(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => (typeof inner === 'string' ? clean(inner) : inner))
}
