/** Procfile, bramble.yaml and .env as people write them. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatDotenv, parseDotenv } from './dotenv.ts'
import { parseManifest } from './manifest.ts'
import { parseProcfile } from './procfile.ts'

describe('Procfile', () => {
  it('gives commands as they are written, and the release command apart', () => {
    const text =
      '\ufeff# processes\r\nweb: bundle exec puma -b "tcp://0.0.0.0:$PORT"  \r\n\r\nworker:node worker.js --tag=a:b\nrelease : ./migrate\n'
    expect(parseProcfile(text)).toEqual({
      procfile: {
        processes: { web: 'bundle exec puma -b "tcp://0.0.0.0:$PORT"', worker: 'node worker.js --tag=a:b' },
        release: './migrate',
      },
    })
    expect(parseProcfile('')).toEqual({ procfile: { processes: {}, release: null } })
  })

  it('names every wrong line', () => {
    expect(parseProcfile('web node\nweb: a\nweb: b\n../x: c\nworker:\n')).toEqual({
      problems: [
        { line: 1, message: expect.stringContaining('must be a name, a colon and a command') },
        { line: 3, message: 'names the process web a second time' },
        { line: 4, message: expect.stringContaining('must be the name of a process') },
        { line: 5, message: expect.stringContaining('has no command') },
      ],
    })
  })
})

describe('.env', () => {
  const text = String.raw`# settings
export A=plain # a comment
B = spaces are trimmed  
C="two
lines # no comment" # a comment
D='$HOME \n "as it is"'
E="tab\t newline\n quote\" backslash\\ dollar\$ other\x"
F=
G="$HOME %h"
URL=postgres://u:p@h/db?x=1#fragment
A=again
`
  it('gives values byte for byte, and replaces nothing', () => {
    expect(parseDotenv(text)).toEqual({
      environment: {
        A: 'again',
        B: 'spaces are trimmed',
        C: 'two\nlines # no comment',
        D: '$HOME \\n "as it is"',
        E: 'tab\t newline\n quote" backslash\\ dollar$ other\\x',
        F: '',
        G: '$HOME %h',
        URL: 'postgres://u:p@h/db?x=1#fragment',
      },
    })
    expect(parseDotenv('\ufeffA=1\r\nB="x"\r\n\r\n')).toEqual({ environment: { A: '1', B: 'x' } })
  })

  it('names every wrong line, also after values of several lines', () => {
    expect(parseDotenv('A="1\n2"\nwhat is this\nPORT=1\nB="open\n\nC="x" y\nD-E=1\n')).toEqual({
      problems: [
        { line: 3, message: 'must be NAME=value' },
        { line: 4, message: 'PORT cannot be set: Bramble chooses the port of each slot and sets PORT' },
        { line: 5, message: expect.stringContaining('B has a quote that does not end') },
        { line: 7, message: expect.stringContaining('C has a quote') },
        { line: 8, message: expect.stringContaining('must be the name of a variable') },
      ],
    })
  })

  const name = fc
    .stringMatching(/^[A-Z_][A-Z0-9_]{0,20}$/)
    .filter((text) => text !== 'PORT' && !/^(HOME|USER|PWD)$/.test(text))
  const value = fc.oneof(
    fc.string({ unit: 'binary' }).map((text) => text.replaceAll('\0', '')),
    fc.string({ unit: fc.constantFrom(...'\n\r\t "\'\\$%`#=ü€a'.split('')), maxLength: 60 }),
  )
  it('is written so that it reads back to the same values', () => {
    fc.assert(
      fc.property(fc.dictionary(name, value, { maxKeys: 6 }), (environment) => {
        const readable = Object.fromEntries(
          Object.entries(environment).filter(([key]) => !/^(BRAMBLE_|SYSTEMD_|LISTEN_)/.test(key)),
        )
        expect(parseDotenv(formatDotenv(readable))).toEqual({ environment: { ...readable } })
      }),
    )
  })

  it('takes a large file in reasonable time, also one that is made to be slow', () => {
    for (const slow of [`A=x${' '.repeat(500_000)}x`, `A="${'\\'.repeat(500_001)}`, `${' '.repeat(500_000)}x`])
      expect(parseDotenv(slow)).toBeTruthy()
    for (const slow of [`web:x${' '.repeat(500_000)}x`, `web${' '.repeat(500_000)}x`])
      expect(parseProcfile(slow)).toMatchObject({ problems: [{ line: 1 }] })
    const large = Array.from({ length: 50_000 }, (_, i) => `NAME_${i}=${i}\n`).join('')
    expect(Object.keys((parseDotenv(large) as { environment: object }).environment)).toHaveLength(50_000)
  }, 20_000)
})

it('bramble.yaml says what an app needs, and wrong keys are found with their lines', () => {
  expect(parseManifest('kind: python\nhealth: { path: /up }\npackages: [libpq5]\n').value).toEqual({
    kind: 'python',
    health: { path: '/up' },
    packages: ['libpq5'],
  })
  expect(
    parseManifest('kind: python\ndomains: [a.example]\nfiles: ../x\n').findings.map(({ line, path }) => [line, path]),
  ).toEqual([
    [3, 'files'],
    [2, 'domains'],
  ])
})
