import { describe, expect, it } from 'vitest'
import { httpsProblem, readHttpsStatus } from './status.ts'

const until = '2027-03-01T00:00:00Z'
const blog = { source: 'authority', until, fingerprint: 'AB', shown: true, problem: null }
const said = (change: object = {}) =>
  JSON.stringify({ issuer: { until }, problem: null, domains: { 'blog.example': blog }, ...change })
const problem = (text: string | null, ...domains: string[]) =>
  httpsProblem(
    { domains: Object.fromEntries(domains.map((domain) => [domain, 'authority' as const])) },
    readHttpsStatus(text),
  )

describe('HTTPS of a balancer', () => {
  it('is as the settings say when HAProxy shows each certificate and no other one', () => {
    expect(problem(said(), 'blog.example')).toBeNull()
    expect(problem(said(), 'blog.example', 'wiki.local')).toBe(
      'HAProxy does not show the certificate of wiki.local yet',
    )
    expect(problem(said())).toBe('HAProxy still shows the certificate of blog.example')
  })

  it('says in the words of its service what is wrong', () => {
    const lacking = { ...blog, shown: false, problem: 'The clock is wrong.' }
    expect(problem(said({ domains: { 'blog.example': lacking } }), 'blog.example')).toBe('The clock is wrong.')
    expect(problem(said({ problem: 'HAProxy does not answer.' }), 'blog.example')).toBe('HAProxy does not answer.')
    // An old certificate is shown while no newer one can be made.
    expect(problem(said({ domains: { 'blog.example': { ...blog, problem: 'later' } } }), 'blog.example')).toBeNull()
  })

  it.each([null, '', '{', '{}', '[]'])('is unknown while the service has said nothing that can be read: %j', (text) => {
    expect(problem(text)).toBe('its service has said nothing yet')
  })
})
