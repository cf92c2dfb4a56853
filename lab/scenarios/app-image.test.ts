/** Container images as apps: from docker save, an OCI archive and a private registry, on a cluster of three under load. */

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type AppCommands, appCommands, smallApp } from './app-command.ts'
import { askHost, startVisitors, type Visitors } from './app-visitors.ts'
import {
  type ContainerRegistry,
  type ImageWorkshop,
  openWorkshop,
  startRegistry,
  type TestImage,
} from './container-images.ts'
import { eventually, openStage, type Stage } from './stage.ts'

const minute = 60_000
const nodes = ['pi-1', 'pi-2', 'pi-3']
const host = 'shop.example'
/** Every byte of it has to arrive. */
const greeting = 'ü "quoted" $HOME \\ %n `id`\nsecond line'
let stage: Stage
let bramble: AppCommands
let workshop: ImageWorkshop
let registry: ContainerRegistry
let first: TestImage
let visitors: Visitors | undefined

beforeAll(async () => {
  stage = await openStage({ id: 150, nodes: 3, built: true })
  workshop = openWorkshop()
  registry = await startRegistry(stage.id, workshop.folder)
  first = await workshop.image('first', 'first')
  bramble = await appCommands(
    stage,
    `apps:
  - { name: shop, domains: [${host}], kind: image, health: { timeout: 30 }, environment: { GREETING: ${JSON.stringify(greeting)} } }
  - { name: other, domains: [other.example], health: { timeout: 30 } }
`,
  )
}, 20 * minute)
afterAll(async () => {
  registry?.stop()
  bramble?.close()
  workshop?.close()
  await stage?.close()
}, 2 * minute)
afterEach(async () => {
  await visitors?.stop()
  visitors = undefined
}, minute)

const get = async (path = '/', name = host) => (await askHost(stage.site, name, path)).body
const attempt = async (words: string) => (await get(`/cgi-bin/try?${words}`)).trim()
const deploy = (source: string, ...more: string[]) =>
  bramble.run('deploy', source, '--app', 'shop', '--yes', '--verbose', ...more)
const deployed = async (source: string, ...more: string[]) => {
  const end = await deploy(source, ...more)
  expect(end.code, end.stdout + end.stderr).toBe(0)
  return end
}
/** The digest that was deployed: the one that is printed last. */
const releaseOf = ({ stdout }: { stdout: string }) => [...stdout.matchAll(/^Release +([0-9a-f]{64})$/gm)].at(-1)?.[1]
const credentials = () => [
  ...['--registry-user', registry.user, '--registry-password-file', registry.passwordFile],
  ...['--registry-authority', registry.authority],
]
const reference = (tag: string) => `${registry.host}/team/shop:${tag}`

describe('an image', () => {
  let release: string | undefined

  it(
    'of docker save serves on the port that it exposes, as the user that it changes to',
    async () => {
      const end = await deployed(first.dockerArchive)
      release = releaseOf(end)
      expect(release).toBeDefined()
      console.log(`First deploy of an image, with its packages: ${end.seconds} s`)
      await eventually(60, async () => expect(await get()).toBe('first'))
      const environment = Buffer.from(await get('/environment'), 'base64')
        .toString()
        .split('\0')
      expect(environment).toContain(`GREETING=${greeting}`)
      expect(environment).toEqual(expect.arrayContaining(['FROM_IMAGE=yes', 'PORT=80']))
      expect(environment.join()).not.toMatch(/INVOCATION_ID|JOURNAL_STREAM|SYSTEMD/)
    },
    10 * minute,
  )

  it(
    'is the same release from an OCI archive and from a private registry, whose password is nowhere',
    async () => {
      expect(releaseOf(await deployed(first.ociArchive))).toBe(release)
      await registry.push(first, 'team/shop:1')
      const closed = await deploy(`docker://${reference('1')}`)
      expect([closed.code, closed.stderr]).toEqual([1, expect.stringContaining('own authority')])
      const stranger = await deploy(`docker://${reference('1')}`, '--registry-authority', registry.authority)
      expect([stranger.code, stranger.stderr]).toEqual([1, expect.stringContaining('a user and a password')])
      const end = await deployed(`docker://${reference('1')}`, ...credentials())
      expect(releaseOf(end)).toBe(release)
      expect(end.stdout).toMatch(/^Image +\S+@sha256:[0-9a-f]{64}$/m)
      expect(end.stdout + end.stderr).not.toContain(registry.password)
      const auth = Buffer.from(`${registry.user}:${registry.password}`).toString('base64')
      for (const node of nodes) {
        const journal = await stage.on(node, 'journalctl', '--no-pager', '-o', 'cat')
        expect(journal.includes(registry.password) || journal.includes(auth)).toBe(false)
        expect(await stage.on(node, 'find', '/srv/bramble', '-path', '/srv/bramble/builds/*')).toBe('')
      }
    },
    10 * minute,
  )

  it(
    'is replaced under load and rolled back without a failed request, and its signal stops it',
    async () => {
      const second = await workshop.image('second', 'second')
      await registry.push(second, 'team/shop:1')
      visitors = startVisitors(stage.site, host, 4)
      const load = visitors
      const moved = await deployed(`docker://${reference('1')}`, ...credentials())
      expect(releaseOf(moved)).not.toBe(release)
      expect(await get()).toBe('second')
      const back = await bramble.must('rollback', 'shop', '--yes')
      expect(await get()).toBe('first')
      await load.stop()
      expect(load.failures()).toEqual([])
      expect(load.answers()).toBeGreaterThan(100)
      console.log(
        `Image: release 2 in ${moved.seconds} s, rollback in ${back.seconds} s; ${load.answers()} requests, 0 failed`,
      )
      await eventually(60, async () => {
        const lines = await stage.on('pi-1', 'journalctl', '--no-pager', '-o', 'cat', '-u', 'bramble-app-shop-*')
        expect(lines).toContain('stopped by SIGQUIT')
      })
    },
    10 * minute,
  )

  it(
    'reaches and reads nothing of the node, and is no root there',
    async () => {
      const { spec } = stage
      const [own, neighbor] = [spec.nodes[0]!.address, spec.nodes[1]!.address]
      for (const address of [own, neighbor, '127.0.0.1', '198.19.0.1'])
        for (const port of [2379, 2380, 5432, 8008, 22])
          expect([address, port, await attempt(`reach/${address}/${port}`)]).toEqual([address, port, 'refused'])
      expect(await attempt(`reach/${spec.vip}/5000`)).toBe('connected')
      expect(await attempt('mount/x')).not.toContain('mounted')
      expect(await attempt('write/proc/sys/kernel/hostname')).not.toContain('written')
      expect(await attempt('write/var/cache/work/x')).toBe('written')
      expect(await attempt('read/etc/bramble/apps.json')).toContain('No such file')
      const told = await attempt('id')
      expect(told).toContain('uid=33')
      expect(told).toMatch(/^NoNewPrivs:\s+1$/m)
      expect(told).not.toMatch(/systemd|etcd|patroni/)
      const owners = await stage.on('pi-1', 'ps', '-eo', 'uid,args')
      const container = owners.split('\n').filter((line) => /httpd -f|\/start|pasta|crun/.test(line))
      expect(container.length).toBeGreaterThan(3)
      for (const line of container) expect(Number(line.trim().split(' ')[0]), line).toBeGreaterThanOrEqual(700)
    },
    5 * minute,
  )

  it(
    'that takes all of its memory ends alone, and starts again',
    async () => {
      await bramble.must('deploy', bramble.app(smallApp('neighbor')), '--app', 'other', '--yes')
      visitors = startVisitors(stage.site, 'other.example', 2)
      const load = visitors
      await attempt('eat').catch(() => undefined)
      await eventually(90, async () => expect(await get()).toBe('first'))
      await stage.whole()
      await load.stop()
      expect(load.failures()).toEqual([])
      const kernel = await stage.on('pi-1', 'systemctl', 'is-active', 'etcd')
      expect(kernel.trim()).toBe('active')
    },
    5 * minute,
  )

  it(
    'runs commands inside of it, with its environment',
    async () => {
      const end = await bramble.run('run', 'shop', 'echo $FROM_IMAGE $(cat /www/index.html); id -u; exit 3')
      expect([end.code, end.stdout]).toEqual([3, expect.stringContaining('yes first')])
    },
    3 * minute,
  )
})

describe('an image that cannot serve', () => {
  it(
    'is refused with what to do: another architecture, no command, another port',
    async () => {
      const refused = async (source: string, words: string) => {
        const end = await deploy(source)
        expect([end.code, end.stdout + end.stderr]).toEqual([1, expect.stringContaining(words)])
      }
      const plain = ['--config.exposedports', '80/tcp']
      const quiet = await workshop.image('quiet', 'quiet', plain)
      await refused(quiet.dockerArchive, 'neither an entrypoint nor a command')
      const foreign = await workshop.image('foreign', 'foreign', [...plain, '--architecture', 's390x'])
      await refused(foreign.ociArchive, 'docker build --platform')
      const deaf = await workshop.image('deaf', 'deaf', [
        '--config.entrypoint',
        '/start',
        '--config.exposedports',
        '8081/tcp',
      ])
      await refused(deaf.dockerArchive, 'Nothing in the container listens on port 8081')
      expect(await get()).toBe('first')
    },
    10 * minute,
  )
})
