import { describe, expect, it } from 'vitest'
import { type Envelope, refusal } from './origin.ts'

const home = { names: ['shelf', 'shelf.local'], url: 'https://bramble.example:8443' }
const ask = (envelope: Partial<Envelope>) =>
  refusal({ host: '192.168.1.10:3000', origin: null, mutating: false, ...envelope }, home)

describe('the Host header', () => {
  it.each([
    'localhost:3000',
    '127.0.0.1:3000',
    '[::1]:3000',
    '10.1.2.3',
    '172.31.0.9:80',
    '192.168.1.10:3000',
    '[fd00::1]:3000',
    'shelf:3000',
    'shelf.local',
    'SHELF.local:3000',
    'bramble.example',
  ])('%s is ours', (host) => expect(ask({ host })).toBeNull())

  it.each([
    null,
    '',
    'evil.example',
    'evil.example:3000',
    '127.0.0.1.evil.example',
    '192.168.1.10.evil.example:3000',
    'localhost.evil.example',
    'shelf.local.evil.example',
    '8.8.8.8',
    '172.32.0.1',
    'user@127.0.0.1',
    '256.0.0.1',
  ])('%s is refused', (host) => expect(ask({ host })).toMatch(/is not served/))
})

describe('the Origin of a change', () => {
  it('must be there', () => expect(ask({ mutating: true })).toMatch(/Origin/))
  it('may be the page itself', () => expect(ask({ mutating: true, origin: 'http://192.168.1.10:3000' })).toBeNull())
  it('may be BRAMBLE_URL, as behind a TLS proxy', () =>
    expect(ask({ mutating: true, origin: 'https://bramble.example:8443' })).toBeNull())
  it.each(['null', 'http://evil.example', 'http://192.168.1.10:3001', 'http://192.168.1.11:3000', 'file://'])(
    '%s is refused',
    (origin) => expect(ask({ mutating: true, origin })).toMatch(/another site/),
  )
  it.each(['null', 'http://evil.example', 'http://192.168.1.10:3001'])('reading from %s is refused, too', (origin) =>
    expect(ask({ origin })).toMatch(/another site/),
  )
})

describe('a bearer token', () => {
  it('needs no Origin, as no browser sends one by itself', () =>
    expect(ask({ mutating: true, bearer: true })).toBeNull())
  it.each(['null', 'http://evil.example'])('does not make up for the Origin %s', (origin) =>
    expect(ask({ mutating: true, bearer: true, origin })).toMatch(/another site/),
  )
  it('does not make up for a Host that is not ours', () =>
    expect(ask({ mutating: true, bearer: true, host: 'evil.example' })).toMatch(/is not served/))
})
