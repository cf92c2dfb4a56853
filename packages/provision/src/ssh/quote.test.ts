import { run } from '@bramble/process'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { commandLine } from './quote.ts'

const hostile = [
  '',
  ' ',
  "'",
  '"',
  '`id`',
  '$(id)',
  '$HOME',
  '\\',
  '\\\\',
  "a'b",
  '; touch canary',
  '&& true',
  '| cat',
  '> canary',
  '\n',
  'a\nb',
  '\r\n',
  '*',
  '?',
  '~',
  '!!',
  '#',
  '-n',
  '--',
  '\t',
  'ü',
  '🍓',
  "'; rm -rf / #",
  '%s',
  '=x',
  'a=b',
  '(',
  ')',
  '{a,b}',
  '\u007f',
  '\u0001',
]

/** What a real sh makes of the line: each word, NUL-terminated. */
async function wordsOf(argv: readonly string[]): Promise<string[]> {
  const script = 'for word in "$@"; do printf "%s\\0" "$word"; done'
  const line = `set -- ${commandLine(argv)}\n${script}`
  const { stdout, code } = await run(['sh', '-c', line], { timeout: 20_000 })
  expect(code).toBe(0)
  return stdout.split('\0').slice(0, -1)
}

describe('quote', () => {
  it('carries a hostile corpus through a real sh byte for byte', async () => {
    expect(await wordsOf(['x', ...hostile])).toEqual(['x', ...hostile])
  })

  it('carries any argv through a real sh', async () => {
    const word = fc.string({ unit: 'grapheme', maxLength: 20 }).filter((text) => !text.includes('\0'))
    await fc.assert(
      fc.asyncProperty(fc.array(word, { minLength: 1, maxLength: 8 }), async (argv) => {
        expect(await wordsOf(argv)).toEqual(argv)
      }),
      { numRuns: 60 },
    )
  }, 60_000)

  it('refuses a NUL byte', () => {
    expect(() => commandLine(['a\0b'])).toThrow('NUL')
  })
})
