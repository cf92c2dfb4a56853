import { describe, expect, it } from 'vitest'
import { readEnvironment } from './env.ts'

const good = 'q8Zr3vT1nLk0WxYb7JdM4sHc9GfAe2Pu'

describe('the secret at boot', () => {
  it.each([
    ['missing', undefined],
    ['empty', ''],
    ['short', 'q8Zr3vT1'],
    ['all one letter', 'a'.repeat(64)],
    ['the library’s published default', 'better-auth-secret-12345678901234567890'],
  ])('is refused when %s', (_, secret) => {
    expect(() => readEnvironment({ BETTER_AUTH_SECRET: secret })).toThrow(/BETTER_AUTH_SECRET/)
  })

  it('is taken when it is random', () => {
    expect(readEnvironment({ BETTER_AUTH_SECRET: good })).toEqual({ BETTER_AUTH_SECRET: good })
  })

  it('refuses an address that is none', () => {
    expect(() => readEnvironment({ BETTER_AUTH_SECRET: good, BRAMBLE_URL: 'javascript:1' })).toThrow(/BRAMBLE_URL/)
  })
})
