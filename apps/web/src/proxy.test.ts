import { NextRequest } from 'next/server'
import { afterEach, expect, test, vi } from 'vitest'
import { proxy } from './proxy.ts'

afterEach(() => void vi.unstubAllEnvs())

const ask = (host: string) => proxy(new NextRequest(`http://${host}/`, { headers: { host } }))

test('browsers are told to stay with https when the dashboard is reached by it, and only then', () => {
  expect(ask('127.0.0.1:3000').headers.get('strict-transport-security')).toBe(null)
  vi.stubEnv('BRAMBLE_URL', 'https://bramble.example')
  expect(ask('bramble.example').headers.get('strict-transport-security')).toBe('max-age=31536000')
})

test('each answer has a nonce of its own; a foreign host gets no page', () => {
  const nonce = () => /'nonce-([^']+)'/.exec(ask('127.0.0.1:3000').headers.get('content-security-policy') ?? '')?.[1]
  const [first, second] = [nonce(), nonce()]
  expect(first).toBeTruthy()
  expect(second).not.toBe(first)
  expect(ask('evil.example').status).toBe(403)
})
