import { beforeAll, expect, test } from 'vitest'
import { deviceOf, rememberDevice } from './known-device.ts'

class Jar {
  readonly held = new Map<string, string>()
  get(name: string) {
    const value = this.held.get(name)
    return value === undefined ? undefined : { value }
  }
  set(name: string, value: string) {
    this.held.set(name, value)
  }
}

beforeAll(() => {
  process.env.BETTER_AUTH_SECRET = 'abcdefghijklmnopqrstuvwxyz0123456789'
})

test('a device is known to the account that it signed in to, and to no other', () => {
  const jar = new Jar()
  expect(deviceOf(jar, 'ada@x.test')).toBe(null)
  rememberDevice(jar, 'Ada@x.test')
  const device = deviceOf(jar, 'ada@x.test')
  expect(device).toMatch(/^device [0-9a-f]{32}$/)
  expect(deviceOf(jar, 'bob@x.test')).toBe(null)
  rememberDevice(jar, 'ada@x.test')
  expect(deviceOf(jar, 'ada@x.test')).toBe(device)
  rememberDevice(jar, 'bob@x.test')
  expect(jar.held.size).toBe(2)
})

test('a cookie of another account, or one that was changed, is none', () => {
  const jar = new Jar()
  rememberDevice(jar, 'ada@x.test')
  rememberDevice(jar, 'bob@x.test')
  const [[ada, own], [, other]] = [...jar.held] as [[string, string], [string, string]]
  const changed = own.replace(/^./, (sign) => (sign === '0' ? '1' : '0'))
  for (const value of [other, changed, own.toUpperCase(), '', `${own}0`]) {
    jar.held.set(ada, value)
    expect(deviceOf(jar, 'ada@x.test')).toBe(null)
  }
})
