/** Apps deployed by the command line on a cluster of three, under load through the virtual IP. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseClusterFile } from '@bramble/cluster'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { powerOff, powerOn } from '../src/index.ts'
import { type AppCommands, appCommands, smallApp } from './app-command.ts'
import { askHost, startVisitors, type Visitors } from './app-visitors.ts'
import { eventually, openStage, type Stage } from './stage.ts'

const minute = 60_000
const nodes = ['pi-1', 'pi-2', 'pi-3']
let stage: Stage
let bramble: AppCommands
let visitors: Visitors | undefined

beforeAll(async () => {
  stage = await openStage({ id: 106, nodes: 3, built: true })
  bramble = await appCommands(stage, 'apps:\n  - { name: blog, domains: [blog.example], health: { timeout: 20 } }\n')
}, 15 * minute)
afterAll(async () => {
  bramble?.close()
  await stage?.close()
}, 2 * minute)
afterEach(async () => {
  await visitors?.stop()
  visitors = undefined
}, minute)

const ask = (host: string, path = '/') => askHost(stage.site, host, path)
const visit = () => {
  visitors = startVisitors(stage.site, 'blog.example', 4)
  return visitors
}
const deploy = (folder: string, ...more: string[]) =>
  bramble.run('deploy', folder, '--app', 'blog', '--yes', '--verbose', ...more)
const deployed = (marker: string, mode?: string, files?: Record<string, string>) =>
  bramble.must('deploy', bramble.app(smallApp(marker, mode, files)), '--app', 'blog', '--yes', '--verbose')
const serving = async () => JSON.parse((await bramble.must('show', 'blog', '--json')).stdout)

/** Without the start of the program and the packing of the folder. */
const ownSeconds = ({ stdout }: { stdout: string }) => /^([\d.]+) s$/m.exec(stdout)?.[1]

async function servedBy(host: string, word: string): Promise<void> {
  const seen = new Set<string>()
  for (let i = 0; i < 12; i++) {
    const { status, body, headers } = await ask(host)
    expect([status, body]).toEqual([200, word])
    seen.add(String(headers['x-node']))
  }
  expect([...seen].sort()).toEqual(nodes)
}
const everywhere = (word: string, seconds = 60) => eventually(seconds, () => servedBy('blog.example', word))

describe('an app', () => {
  it(
    'is deployed, replaced, rolled back and restarted without a failed request',
    async () => {
      const first = await deployed('first')
      await everywhere('first')
      const load = visit()
      const second = await deployed('second')
      expect((await ask('blog.example')).body).toBe('second')
      const back = await bramble.must('rollback', 'blog', '--yes')
      expect((await ask('blog.example')).body).toBe('first')
      const again = await bramble.must('restart', 'blog')
      await everywhere('first')
      await load.stop()
      expect(load.failures()).toEqual([])
      expect(load.answers()).toBeGreaterThan(100)
      const seconds = Object.entries({ first, second, back, again }).map(
        ([name, end]) => `${name} ${ownSeconds(end)} (${end.seconds}) s`,
      )
      console.log(
        `Deploys (with the start of the command): ${seconds.join(', ')}; ${load.answers()} requests, 0 failed`,
      )
      const { serving: record, releases } = await serving()
      expect(record).toMatchObject({ app: 'blog', generation: 4, slot: 'b', nodes })
      expect(releases).toHaveLength(2)
    },
    10 * minute,
  )

  it.each([
    ['answers with an error', 'unhealthy', 'answers 500'],
    ['exits at once', 'exits', 'the configuration of exits is missing'],
    ['listens on another port', 'wrong-port', 'Nothing listens on port'],
  ])(
    'whose new release %s is served by the present one',
    async (_, mode, words) => {
      const load = visit()
      const { code, stdout } = await deploy(bramble.app(smallApp(mode, mode)))
      expect([code, stdout]).toEqual([1, expect.stringContaining('Nothing changed: release')])
      expect(stdout).toContain(words)
      await load.stop()
      expect(load.failures()).toEqual([])
      expect(Object.keys(load.since(0))).toEqual(['first'])
      const { next, claimed } = await serving()
      expect([next, claimed]).toEqual([null, false])
    },
    5 * minute,
  )

  it(
    'that ignores SIGTERM is replaced all the same, and two deploys at once follow each other',
    async () => {
      await deployed('stubborn', 'stubborn')
      const load = visit()
      const [one, two] = await Promise.all(['third', 'fourth'].map((marker) => deploy(bramble.app(smallApp(marker)))))
      expect([one!.code, two!.code], `${one!.stdout}\n${two!.stdout}`).toEqual([0, 0])
      const last = (await ask('blog.example')).body
      expect(['third', 'fourth']).toContain(last)
      await everywhere(last)
      await load.stop()
      expect(load.failures()).toEqual([])
      await eventually(120, async () => {
        for (const node of nodes)
          expect(await stage.on(node, 'ps', '-eo', 'args')).not.toMatch(/app-run.*blog|stubborn/)
      })
    },
    8 * minute,
  )

  it(
    'gets every value byte for byte, and nobody else sees them',
    async () => {
      const values = {
        QUOTES: `"double" 'single' \`back\``,
        LINES: 'first\nsecond ',
        DOLLAR: '$HOME %h \\n',
        UTF8: 'ü€🍇',
      }
      const env = join(bramble.kept, 'values.env')
      const quoted = (text: string) => `"${text.replace(/["\\$`]/g, '\\$&')}"`
      writeFileSync(
        env,
        Object.entries(values)
          .map(([name, value]) => `${name}=${quoted(value)}\n`)
          .join(''),
      )
      await bramble.must('env', 'set', 'blog', '--file', env)
      const load = visit()
      const end = await bramble.must('restart', 'blog', '--verbose')
      const told = JSON.parse((await ask('blog.example', '/environment')).body) as Record<string, string>
      const plain = (text: string) => Buffer.from(text, 'base64').toString()
      const got = Object.fromEntries(Object.entries(told).map(([name, value]) => [plain(name), plain(value)]))
      expect(got).toMatchObject(values)
      await load.stop()
      expect(load.failures()).toEqual([])
      const seen = [end.stdout, await stage.on('pi-1', 'journalctl', '--no-pager', '--since', '-5min')]
      for (const text of seen) expect(text).not.toContain('ü€🍇')
      const listed = await bramble.must('env', 'list', 'blog')
      expect(listed.stdout).toContain('UTF8')
      expect(listed.stdout).not.toContain('ü€🍇')
    },
    5 * minute,
  )

  it(
    'can be looked at: its list, its logs, a command in its sandbox',
    async () => {
      expect((await bramble.must('list')).stdout).toMatch(/blog +[0-9a-f]{12} +3 of 3 nodes ready +blog\.example/)
      const logs = (await bramble.must('logs', 'blog', '--json', '-n', '10000')).stdout
      const lines = logs
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as { node: string; text: string; at: string })
      expect([...new Set(lines.map(({ node }) => node))].sort()).toEqual(nodes)
      expect(lines.map(({ at }) => at)).toEqual(lines.map(({ at }) => at).sort())
      const { body } = await ask('blog.example')
      expect(lines.map(({ text }) => text)).toContain(`listens for ${body}`)
      const ran = await bramble.run('run', 'blog', 'id -un; echo "port:$PORT"; pwd; echo to-stderr >&2; exit 7')
      expect([ran.code, ran.stdout]).toEqual([
        7,
        expect.stringMatching(/^app-blog\nport:\n\/srv\/bramble.*\nto-stderr\n$/),
      ])
    },
    3 * minute,
  )

  it(
    'reaches a node that was off during the deploy, which never serves the old release again',
    async () => {
      await powerOff({ id: stage.id, node: 'pi-3' })
      const end = await deploy(bramble.app(smallApp('without-pi-3')))
      expect([end.code, end.stdout]).toEqual([0, expect.stringContaining('pi-3')])
      const load = visit()
      await powerOn({ id: stage.id, node: 'pi-3' })
      await eventually(120, async () => {
        const { nodes: states } = await serving()
        expect(Object.values(states['pi-3'] ?? {})).toMatchObject([{ state: 'missing' }])
      })
      await bramble.must('sync')
      await everywhere('without-pi-3', 90)
      await load.stop()
      expect(Object.keys(load.since(0))).toEqual(['without-pi-3'])
    },
    8 * minute,
  )
})

describe('another app', () => {
  it(
    'that the cluster file does not have is added to it, and removed from it',
    async () => {
      const before = readFileSync(bramble.file, 'utf8')
      const folder = bramble.app({ 'index.html': '<h1>hello</h1>\n', 'sub/index.html': 'sub\n' })
      const end = await bramble.must('deploy', folder, '--app', 'page', '--domain', 'Page.example', '--yes')
      console.log(`Static site, first deploy: ${end.seconds} s`)
      const { spec } = parseClusterFile(readFileSync(bramble.file, 'utf8'))
      expect(spec?.apps?.[1]).toMatchObject({ name: 'page', domains: ['page.example'], kind: 'static' })
      expect((await ask('page.example')).body).toContain('hello')
      const refused = await bramble.run('remove', 'page', '--yes', 'blog')
      expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('Nothing was changed')])
      expect((await ask('page.example')).status).toBe(200)
      await bramble.must('remove', 'page', '--yes', 'page')
      expect((await ask('page.example')).status).toBe(404)
      expect((await ask('blog.example')).status).toBe(200)
      for (const node of nodes)
        await expect(stage.on(node, 'ls', '-d', '/srv/bramble/apps/page')).rejects.toThrow('No such file')
      const after = parseClusterFile(readFileSync(bramble.file, 'utf8')).spec
      expect(after).toEqual(parseClusterFile(before).spec)
    },
    6 * minute,
  )
})
