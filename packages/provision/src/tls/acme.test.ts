/** What a balancer makes of an ACME account and of what an authority says. That it gets certificates shows a scenario. */
import { createHash, createPublicKey, generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { must } from '@bramble/process'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { httpsAgentProgram } from './agent.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bramble-acme-'))
  writeFileSync(join(folder, 'store'), 'a secret of the balancers\n')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

async function ask<T>(code: string, input: unknown): Promise<T> {
  const env = { BRAMBLE_HTTPS_STORE: join(folder, 'store'), BRAMBLE_CERTIFICATES: folder }
  const script = `${httpsAgentProgram}\ngiven = json.load(sys.stdin)\n${code}`
  return JSON.parse(await must(['python3', '-I', '-c', script], { stdin: JSON.stringify(input), env })) as T
}

const accountKey = () =>
  generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'sec1', format: 'pem' }).toString()

it('answers challenges with the thumbprint of RFC 7638', async () => {
  for (const key of [accountKey(), accountKey()]) {
    const { crv, kty, x, y } = createPublicKey(key).export({ format: 'jwk' })
    const wanted = createHash('sha256').update(JSON.stringify({ crv, kty, x, y })).digest('base64url')
    expect(await ask('print(json.dumps(thumbprint_of(given)))', key)).toBe(wanted)
  }
})

it('keeps keys in etcd so that only who has the key of the balancers can read them', async () => {
  const key = accountKey()
  const sealed = await ask<string>('print(json.dumps(encrypted(given)))', key)
  expect(sealed).not.toContain(key.split('\n')[1])
  expect(await ask('print(json.dumps(decrypted(given)))', sealed)).toBe(key)
  writeFileSync(join(folder, 'store'), 'another secret\n')
  const tried = `try:
    print(json.dumps(decrypted(given) == '${key.split('\n')[1]}'))
except (Failed, UnicodeDecodeError):
    print('false')`
  expect(await ask(tried, sealed)).toBe(false)
})

it('tells people the last words of the authority, and waits as long as it says', async () => {
  const said = [
    '2026/11/30 [INFO] [a.example] acme: Trying to solve HTTP-01',
    'acme: error: 400 :: POST :: https://x/1 :: urn:ietf:params:acme:error:badNonce :: bad nonce',
    'acme: error: 429 :: POST :: https://x/2 :: urn:ietf:params:acme:error:rateLimited :: too many certificates (5), retry after 2026-12-02 03:04:05 UTC: see https://x',
  ].join('\n')
  const words = await ask<string>('print(json.dumps(said_by(given)))', said)
  expect(words).toMatch(/^urn:ietf:params:acme:error:rateLimited :: too many certificates/)
  expect(await ask('print(json.dumps(instant(limited_until(given))))', words)).toBe('2026-12-02T03:04:05Z')
  expect(await ask('print(json.dumps(limited_until(given)))', 'nothing')).toBeNull()
  expect(await ask('print(json.dumps(said_by(given)))', 'first\ndial tcp: connection refused\n')).toBe(
    'dial tcp: connection refused',
  )
})

it('asks at once, then when a third is left, and not before the time that a failure has set', async () => {
  const at = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString().replace(/\.\d+Z/, 'Z')
  const due = (records: object) =>
    ask<boolean>(
      `acme = Acme(dict(node='pi-1', vip='192.0.2.100', endpoints=[], domains={'a.example': 'acme'},
                 acme=dict(directory='https://x', email='me@example.org', keyType='ec256', authority=None)))
acme.store.found = {name: (dict(value, asked=acme.asked) if value.get('asked') else value, '1') for name, value in given.items()}
print(json.dumps(acme.due('a.example', datetime.datetime.now(datetime.timezone.utc))))`,
      records,
    )
  const certificate = (since: number, until: number, directory = 'https://x') => ({
    'certificates/a.example': { directory, since: at(since), until: at(until) },
  })
  const tried = (next: number, asked = true) => ({ 'tries/a.example': { asked, next: at(next) } })
  expect(await due({})).toBe(true)
  expect(await due(certificate(-50, 50))).toBe(false)
  expect(await due(certificate(-70, 30))).toBe(true)
  // Of six days, and of 45.
  expect(await due(certificate(-95, 49))).toBe(false)
  expect(await due(certificate(-98, 46))).toBe(true)
  expect(await due(certificate(-31 * 24, 14 * 24))).toBe(true)
  expect(await due(certificate(-1, 99, 'https://other'))).toBe(true)
  expect(await due({ ...certificate(-70, 30), ...tried(1) })).toBe(false)
  expect(await due({ ...certificate(-70, 30), ...tried(-1) })).toBe(true)
  // Written by a Pi whose clock was years ahead.
  expect(await due({ ...certificate(-70, 30), ...tried(10_000) })).toBe(true)
  // What failed with another account says nothing of this one.
  expect(await due({ ...certificate(-70, 30), ...tried(1, false) })).toBe(true)
})
