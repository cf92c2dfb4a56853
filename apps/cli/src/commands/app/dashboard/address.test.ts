import { expect, test } from 'vitest'
import { dashboardAddress, isOwnNetwork, ownNetworksOnly } from './address.ts'

test.each([
  'http://192.168.1.5:3000',
  'http://127.0.0.1:3000/',
  'http://10.1.2.3',
  'http://172.31.0.1',
  'http://[::1]:3000',
  'http://[fd00::5]:3000',
  'http://bramble.local:3000',
  'https://bramble.example.org',
  'https://203.0.113.5',
])('%s is accepted', (text) => expect(dashboardAddress(text).origin).toBe(new URL(text).origin))

test.each([
  ['bramble.example.org', 'must begin with http:// or https://'],
  ['ftp://192.168.1.5', 'must begin with http:// or https://'],
  ['', 'must begin with http:// or https://'],
  ['http://me:secret@192.168.1.5', 'must have no user name and no password'],
  ['http://192.168.1.5/clusters', 'must have no path'],
  ['http://192.168.1.5?x', 'must have no path'],
  ['http://203.0.113.5:3000', 'unencrypted to 203.0.113.5'],
  ['http://172.32.0.1', 'unencrypted to 172.32.0.1'],
  ['http://[2001:db8::1]', 'unencrypted to 2001:db8::1'],
  ['http://[::ffff:203.0.113.5]', 'unencrypted to'],
  // As browsers read numbers: 203.0.113.5 and 0.0.0.0.
  ['http://3405803781', 'unencrypted to 203.0.113.5'],
  ['http://0', 'unencrypted to 0.0.0.0'],
])('%s is refused: %s', (text, words) => expect(() => dashboardAddress(text)).toThrow(words))

test('a name counts by what it resolves to', async () => {
  const resolved = (name: string) =>
    new Promise<string>((resolve) =>
      ownNetworksOnly(name, {}, (error, address) => resolve(error ? error.message : String(address))),
    )
  expect(isOwnNetwork(await resolved('localhost'))).toBe(true)
  expect(await resolved('203.0.113.5')).toContain('unencrypted to 203.0.113.5')
})
