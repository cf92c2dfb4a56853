/** What came as a bearer token; null: none came. An empty or odd one counts as one that is wrong. */
export function bearerOf(sent: Pick<Headers, 'get'>): string | null {
  const [, token] = /^bearer(?:\s+(.*))?$/i.exec(sent.get('authorization')?.trim() ?? '') ?? [null, null]
  return token === null ? null : (token ?? '')
}
