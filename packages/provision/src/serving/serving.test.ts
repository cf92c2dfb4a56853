/** The parts of serving that need no cluster: what a node decides, what its units say, how values reach a process. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { longestValue, VariableName, VariableValue } from '@bramble/cluster'
import { must, run } from '@bramble/process'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { environmentFile } from './environment-file.ts'
import { appPorts, freePort, portOf, ServingRecord } from './records.ts'
import { appMemory, appUnit, sliceUnit } from './units.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bramble-serving-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const decideSource = readFileSync(new URL('./decide.py', import.meta.url), 'utf8')

/** Calls a function of decide.py; keys such as `blog/a` become tuples. */
async function ask<T>(call: string, input: unknown): Promise<T> {
  const script = `import json, sys\n${decideSource}
pair = lambda text: tuple(text.split('/'))
given = json.load(sys.stdin)
print(json.dumps(${call}))`
  return JSON.parse(await must(['python3', '-I', '-c', script], { stdin: JSON.stringify(input) })) as T
}

interface Node {
  records: Record<string, unknown> | null
  /** Release by app and slot. */
  running?: Record<string, string>
  /** `<app>/<release>` */
  present?: string[]
  drained?: string[]
}

const environment = 'e'
const decide = ({ records, running = {}, present = ['blog/r1', 'blog/r2'], drained = [] }: Node) =>
  ask<string[][]>(
    `decide(given['records'], 'pi-1', {pair(k): (v, 'e', 20000, 1) for k, v in given['running'].items()},
      {pair(k) + ('e',) for k in given['present']}, {pair(k) for k in given['drained']})`,
    { records, running, present, drained },
  )

const serving = (release: string, slot: string, nodes = ['pi-1', 'pi-2']) => ({
  ...{ app: 'blog', release, environment, port: 20_000, generation: 1, slot, nodes },
})
const coming = (release: string, slot: string, phase = 'starting', nodes = ['pi-1', 'pi-2']) => ({
  ...serving(release, slot, nodes),
  phase,
})

describe('a node', () => {
  it('that returns starts only what serves, whatever it ran before', async () => {
    expect(await decide({ records: { blog: { serving: serving('r2', 'b') } } })).toEqual([['start', 'blog', 'b']])
    expect(await decide({ records: { blog: { serving: serving('r2', 'b') } }, present: ['blog/r1'] })).toEqual([
      ['missing', 'blog', 'b'],
    ])
    expect(await decide({ records: {} })).toEqual([])
  })

  it('does nothing when it cannot ask a majority', async () => {
    expect(await decide({ records: null, running: { 'blog/a': 'r1' } })).toEqual([])
  })

  it('starts the idle slot of a deploy that lives, and no other one', async () => {
    const running = { 'blog/a': 'r1' }
    const of = (next: unknown, claimed = true) =>
      decide({ records: { blog: { serving: serving('r1', 'a'), next, claimed } }, running })
    expect(await of(coming('r2', 'b'))).toEqual([['start', 'blog', 'b']])
    expect(await of(coming('r2', 'b', 'copying'))).toEqual([])
    expect(await of(coming('r2', 'b'), false)).toEqual([])
    expect(await of(coming('r2', 'a'))).toEqual([])
    expect(await of(coming('r2', 'b', 'starting', ['pi-2']))).toEqual([])
    expect(await decide({ records: { blog: { next: coming('r1', 'a'), claimed: true } } })).toEqual([
      ['start', 'blog', 'a'],
    ])
  })

  it('starts nothing of a stopped app but what is being deployed, and everything in maintenance', async () => {
    const known = (state: string, more = {}) => ({
      blog: { serving: serving('r1', 'a'), availability: { state }, ...more },
    })
    const running = { 'blog/a': 'r1' }
    expect(await decide({ records: known('stopped') })).toEqual([])
    expect(await decide({ records: known('stopped'), running, drained: ['blog/a'] })).toEqual([['stop', 'blog', 'a']])
    expect(await decide({ records: known('maintenance') })).toEqual([['start', 'blog', 'a']])
    expect(await decide({ records: known('stopped', { next: coming('r2', 'b'), claimed: true }) })).toEqual([
      ['start', 'blog', 'b'],
    ])
    const state = (records: object, server: string) =>
      ask<string>(`server_state(given, {}, 'app-blog', ${JSON.stringify(server)})`, records)
    for (const closed of ['stopped', 'maintenance'])
      expect([await state(known(closed), 'maintenance'), await state(known(closed), 'pi-1-a')]).toEqual([
        'ready',
        'drain',
      ])
    expect(await state(known('running'), 'maintenance')).toBe('maint')
    expect(await state(known('running'), 'pi-1-a')).toBe('ready')
  })

  it('stops a slot when it was drained, and what was abandoned or removed', async () => {
    const records = { blog: { serving: serving('r2', 'b') } }
    const running = { 'blog/a': 'r1', 'blog/b': 'r2' }
    expect(await decide({ records, running })).toEqual([])
    expect(await decide({ records, running, drained: ['blog/a'] })).toEqual([['stop', 'blog', 'a']])
    expect(await decide({ records: {}, running, drained: ['blog/a', 'blog/b'] })).toEqual([
      ['stop', 'blog', 'a'],
      ['stop', 'blog', 'b'],
    ])
    expect(
      await decide({
        records: { blog: { serving: serving('r1', 'a', ['pi-2']) } },
        running: { 'blog/a': 'r1' },
        drained: ['blog/a'],
      }),
    ).toEqual([['stop', 'blog', 'a']])
  })

  it('ends another release in the slot that serves before it starts the right one, also when that is missing', async () => {
    const records = { blog: { serving: serving('r2', 'a') } }
    for (const present of [['blog/r2'], []])
      expect(await decide({ records, running: { 'blog/a': 'r1' }, present })).toEqual([['stop', 'blog', 'a']])
    const other = { blog: { serving: { ...serving('r1', 'a'), environment: 'f' } } }
    expect(await decide({ records: other, running: { 'blog/a': 'r1' } })).toEqual([['stop', 'blog', 'a']])
  })
})

describe('a balancer', () => {
  const stateOf = (server: string, reports: unknown, record: unknown = serving('r1', 'b')) =>
    ask(`server_state({'blog': {'serving': given['record']}}, given['reports'], 'app-blog', given['server'])`, {
      ...{ server, reports, record },
    })
  const says = (release: string, state = 'ready') => ({ slots: { 'blog/b': { release, environment, state } } })

  it('sends to the serving slot of the nodes that run what serves', async () => {
    const reports = { 'pi-1': says('r1'), 'pi-2': says('r0'), 'pi-3': says('r1') }
    expect(await stateOf('pi-1-b', reports)).toBe('ready')
    expect(await stateOf('pi-1-b', { ...reports, 'pi-1': says('r1', 'failed') })).toBe('ready')
    expect(await stateOf('pi-1-b', { ...reports, 'pi-1': says('r1', 'starting') })).toBe('drain')
    expect(await stateOf('pi-1-a', reports)).toBe('drain')
    // It was cut off, and still has an older release at the same port.
    expect(await stateOf('pi-2-b', reports)).toBe('drain')
    // The record does not name it.
    expect(await stateOf('pi-3-b', reports)).toBe('drain')
    expect(await stateOf('pi-2-b', { 'pi-1': says('r1') })).toBe('drain')
  })

  it('leaves it to HAProxy where no node of the app reports, and keeps an app without a release out', async () => {
    expect(await stateOf('pi-2-b', {})).toBe('ready')
    expect(await stateOf('pi-2-b', {}, null)).toBe('maint')
  })
})

describe('the environment file', () => {
  /** As a shell reads it, whose double quotes mean the same. */
  async function readBack(environment: Record<string, string>): Promise<Record<string, string>> {
    const file = join(folder, 'environment')
    writeFileSync(file, environmentFile(environment))
    const script = `import json, os, subprocess, sys
names = json.loads(sys.argv[2])
out = subprocess.run(['sh', '-c', 'set -a; . "$1"; env -0', 'sh', sys.argv[1]], stdout=subprocess.PIPE, check=True, env={}).stdout
values = dict(line.split(b'=', 1) for line in out.split(b'\\0') if b'=' in line)
print(json.dumps({name: values[name.encode()].decode() for name in names}))`
    return JSON.parse(
      await must(['python3', '-I', '-c', script, file, JSON.stringify(Object.keys(environment))]),
    ) as Record<string, string>
  }

  const name = fc.stringMatching(/^APP_[A-Z0-9_]{1,20}$/).filter((text) => VariableName.safeParse(text).success)
  const value = fc
    .oneof(
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc.string({ unit: fc.constantFrom(...'\n\r\t "\'\\$%`#=;!ü€🍇a'), maxLength: 60 }),
    )
    .filter((text) => VariableValue.safeParse(text).success)

  it('gives a process every value byte for byte', async () => {
    await fc.assert(
      fc.asyncProperty(fc.dictionary(name, value, { minKeys: 1, maxKeys: 20 }), async (environment) => {
        expect(await readBack(environment)).toEqual({ ...environment })
      }),
      { numRuns: 40 },
    )
  }, 240_000)

  it('takes the longest value', async () => {
    const environment = { LONG: '$`"\\'.repeat(longestValue / 4), EMPTY: '' }
    expect(await readBack(environment)).toEqual(environment)
  })
})

it('units hold nothing that a user wrote, and limits that leave the database its share', () => {
  const release = 'a'.repeat(64)
  const environment = 'b'.repeat(64)
  const unit = appUnit({ app: { name: 'blog' }, slot: 'b', release, environment, port: 20_001, memory: 128 })
  expect(unit).toContain(`WorkingDirectory=/srv/bramble/apps/blog/releases/${release}\n`)
  expect(unit).toContain(`EnvironmentFile=/srv/bramble/apps/blog/environments/${environment}\n`)
  expect(unit).toContain(`ExecStart=/usr/local/lib/bramble/app-run /srv/bramble/apps/blog/slots/b.json %i\n`)
  expect(unit).toContain('User=app-blog\n')
  expect(unit).toContain('OOMScoreAdjust=500\nMemoryMax=128M\n')
  expect(unit).not.toMatch(/WantedBy/)
  for (const total of [512, 1024, 2048, 4096, 8192]) {
    const { all, process } = appMemory(total)
    expect(all).toBeLessThanOrEqual(total * 0.4)
    expect(process).toBeLessThanOrEqual(all)
    expect(sliceUnit(total)).toContain(`MemoryMax=${all}M`)
  }
})

it('the launcher starts the command of the process, and only the web process gets a port', async () => {
  const file = join(folder, 'a.json')
  const processes = { web: 'exec printf "%s|" "$PORT" "a  b" \'$x\'', worker: 'echo "port:$PORT"' }
  writeFileSync(file, JSON.stringify({ processes }))
  const start = (process: string) =>
    run(['python3', '-I', new URL('./run.py', import.meta.url).pathname, file, process], { env: { PORT: '20000' } })
  expect((await start('web')).stdout).toBe('20000|a  b|$x|')
  expect((await start('worker')).stdout.trim()).toBe('port:')
  expect((await start('other')).code).not.toBe(0)
})

it('ports are pairs of Bramble, and records are strict', () => {
  expect(freePort([])).toBe(appPorts.first)
  expect(freePort([appPorts.first, appPorts.first + 4])).toBe(appPorts.first + 2)
  expect(freePort(Array.from({ length: 100 }, (_, i) => appPorts.first + 2 * i))).toBeNull()
  const record = {
    ...{
      app: 'blog',
      generation: 1,
      release: 'a'.repeat(64),
      environment: 'b'.repeat(64),
      slot: 'a',
      kind: 'node',
      port: 20_000,
      processes: { web: 'x' },
    },
    ...{ folder: null, health: { path: '/' }, domains: ['a.example'], nodes: ['pi-1'], memory: null },
  }
  const parsed = ServingRecord.parse(record)
  expect([portOf(parsed, 'a'), portOf(parsed, 'b')]).toEqual([20_000, 20_001])
  expect(ServingRecord.safeParse({ ...record, release: '../../etc' }).success).toBe(false)
})
