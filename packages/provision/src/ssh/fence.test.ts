import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from '@bramble/process'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { fenced, refuseSuperseded } from './fence.ts'

let folder: string
let env: Record<string, string>
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bramble-fence-'))
  env = { BRAMBLE_FENCE: join(folder, 'fence') }
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** As the worker of this claim: what the command printed, or the code of the trouble. */
async function asked(since: number, fence: number, ...argv: string[]): Promise<string> {
  const result = await run(fenced(argv.length > 0 ? argv : ['echo', 'done'], { run: 'a-run', since, fence }), { env })
  try {
    refuseSuperseded(result, 'pi-1')
  } catch (error) {
    return (error as { code: string }).code
  }
  return `${result.stdout} ${result.code}`
}

const day = Date.parse('2026-05-01')

it('refuses a worker after the next one of its run was seen, before its command starts', async () => {
  expect(await asked(day, 1)).toBe('done 0')
  expect(await asked(day, 1)).toBe('done 0')
  expect(await asked(day, 2)).toBe('done 0')
  expect(await asked(day, 1, 'touch', join(folder, 'late'))).toBe('superseded')
  expect(readdirSync(folder)).toEqual(['fence'])
  expect(await asked(day, 2)).toBe('done 0')
})

it('a later run passes, whatever the number of the one before, and that one does not any more', async () => {
  expect(await asked(day, 7)).toBe('done 0')
  expect(await asked(day + 1, 1)).toBe('done 0')
  expect(await asked(day, 8)).toBe('superseded')
})

it('leaves arguments, exit status, standard input and a program that is missing as they are', async () => {
  expect(await asked(day, 1, 'printf', '%s|', 'a b', "it's", '$HOME', '')).toBe("a b|it's|$HOME|| 0")
  expect(await asked(day, 1, 'sh', '-c', 'exit 75')).toBe(' 75')
  const result = await run(fenced(['cat'], { run: 'a-run', since: day, fence: 1 }), { env, stdin: 'in' })
  expect(result.stdout).toBe('in')
  const missing = await run(fenced(['no-such-program'], { run: 'a-run', since: day, fence: 1 }), { env })
  expect(missing).toMatchObject({ code: 127, stderr: expect.stringContaining('not found') })
})

it('passes over a file without sense, and writes its own', async () => {
  writeFileSync(env.BRAMBLE_FENCE!, '')
  expect(await asked(day, 1)).toBe('done 0')
  expect(readFileSync(env.BRAMBLE_FENCE!, 'utf8')).toBe(`${day} 1 a-run\n`)
})

it('of many at once the highest claim stays, and no lower one starts after it', async () => {
  const fences = [3, 1, 5, 2, 4, 1, 5, 3]
  const ends = await Promise.all(fences.map((fence) => asked(day, fence)))
  expect(ends[2]).toBe('done 0')
  expect(readFileSync(env.BRAMBLE_FENCE!, 'utf8')).toBe(`${day} 5 a-run\n`)
  for (const fence of [1, 2, 3, 4]) expect(await asked(day, fence)).toBe('superseded')
})

it('is no part of a command without a claim', () => expect(fenced(['true'], undefined)).toEqual(['true']))
