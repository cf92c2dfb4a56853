/** Who may talk to the dashboard at all: the answer to DNS rebinding and to forged forms. Pure. */

export interface Envelope {
  /** The `Host` header: name or address, with or without a port. */
  host: string | null
  origin: string | null
  /** True when the request may change something. */
  mutating: boolean
  /** It is judged by a bearer token alone. No browser sends one by itself, so it need not say where it comes from. */
  bearer?: boolean
}

export interface Home {
  /** Host names this machine answers to, lower case. */
  names: readonly string[]
  /** BRAMBLE_URL, when set. */
  url?: string | undefined
}

/** Null when the request may pass; else the sentence that says why not. */
export function refusal(envelope: Envelope, home: Home): string | null {
  const host = parse(envelope.host ? `http://${envelope.host}` : null)
  const own = parse(home.url ?? null)
  if (!host || !(isPrivate(host.hostname) || home.names.includes(host.hostname) || host.hostname === own?.hostname))
    return `This dashboard is not served as "${envelope.host ?? ''}". Open it by its address, or set BRAMBLE_URL to that name.`
  if (envelope.origin === null)
    return envelope.mutating && !envelope.bearer
      ? 'This request does not say which page it comes from (no Origin header).'
      : null
  const origin = parse(envelope.origin)
  const same = origin && (origin.host === host.host || origin.origin === own?.origin)
  // Also when it only reads: a page of ours names no foreign origin, and over plain http no Sec-Fetch-Site comes along.
  if (!same) return `This request comes from another site (${envelope.origin}), so it is not carried out.`
  return null
}

function parse(text: string | null): URL | null {
  if (!text || !URL.canParse(text)) return null
  const url = new URL(text)
  const bare = url.username === '' && url.password === ''
  return bare && (url.protocol === 'http:' || url.protocol === 'https:') ? url : null
}

/** Loopback and private addresses, written as such. A name that resolves to one is not enough: it may be rebound. */
function isPrivate(hostname: string): boolean {
  if (hostname === 'localhost' || hostname === '[::1]') return true
  if (/^\[f[cd][0-9a-f]{2}:/.test(hostname) || /^\[fe[89ab][0-9a-f]:/.test(hostname)) return true
  const parts = hostname.split('.').map(Number)
  if (parts.length !== 4 || !parts.every((part) => Number.isInteger(part) && part >= 0 && part <= 255)) return false
  const [a, b] = parts as [number, number, number, number]
  return (
    a === 127 ||
    a === 10 ||
    (a === 172 && b >= 16 && b < 32) ||
    (a === 192 && b === 168) ||
    (a === 169 && b === 254) ||
    (a === 100 && b >= 64 && b < 128)
  )
}
