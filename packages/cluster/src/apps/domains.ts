/** Domains of apps, in the one form in which they are compared: lower case, punycode, no trailing dot. */
import { z } from 'zod'

const label = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/
const address = /^[0-9]{1,3}(\.[0-9]{1,3}){3}$/

export type NormalDomain = { domain: string } | { problem: string }

/**
 * `Blog.Example.` gives `blog.example`, `bücher.example` gives `xn--bcher-kva.example`, `*.example.org` stays: a wildcard stands
 * for exactly one label. An IPv4 address stays as it is. `www.` is a name like any other.
 */
export function normalDomain(text: string): NormalDomain {
  const wildcard = text.startsWith('*.')
  const name = (wildcard ? text.slice(2) : text).replace(/\.$/, '')
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text) || text.includes('/'))
    return { problem: 'must be a name without https:// and without a path' }
  if (/:[0-9]*$/.test(name)) return { problem: 'must have no port: apps are served on 80 and 443' }
  if (name.includes('*')) return { problem: 'can have one wildcard at the beginning, such as *.example.org' }
  if (name === '') return { problem: 'must be a domain such as blog.example.org' }
  const ascii = toAscii(name)
  if (ascii === null || ascii.length > 253) return { problem: 'must be a domain such as blog.example.org' }
  if (address.test(ascii))
    return ascii === name && !wildcard ? { domain: ascii } : { problem: 'must be a domain such as blog.example.org' }
  if (!ascii.split('.').every((part) => label.test(part)))
    return { problem: 'must consist of letters, digits and inner hyphens, 63 at most between two dots' }
  if (ascii === 'localhost' || ascii.endsWith('.localhost'))
    return { problem: 'must be another name: localhost is each machine itself' }
  return { domain: wildcard ? `*.${ascii}` : ascii }
}

/** By the URL parser of the platform, as every browser does it. Null: it is no host. */
function toAscii(name: string): string | null {
  // These mean something to the parser, or it drops them.
  if (/[\s/\\?#@%[\]<>^|`{}"']/.test(name)) return null
  try {
    return new URL(`http://${name}/`).hostname
  } catch {
    return null
  }
}

export const isAddress = (domain: string): boolean => address.test(domain)

export const Domain = z
  .string()
  .max(255)
  .transform((text, context) => {
    const normal = normalDomain(text)
    if ('domain' in normal) return normal.domain
    context.addIssue(normal.problem)
    return z.NEVER
  })

/** True when one request could be meant for both. */
export function overlaps(a: string, b: string): boolean {
  if (a === b) return true
  const under = (wildcard: string, name: string) =>
    wildcard.startsWith('*.') && !name.startsWith('*.') && name.replace(/^[^.]*\./, '*.') === wildcard
  return under(a, b) || under(b, a)
}
