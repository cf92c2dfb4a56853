/** Certificates of a public authority: asked for, shared and renewed by the balancers, with no Bramble at all. */
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { powerOff, powerOn } from '../src/index.ts'
import { type AcmeAuthority, raiseAuthority } from './acme-authority.ts'
import { etcdctl } from './app-records.ts'
import { askHost } from './app-visitors.ts'
import { deployHttpsApp } from './https-app.ts'
import { askHttps, type HttpsVisitors, seeCertificate, startHttpsVisitors } from './https-client.ts'
import { eventually, openStage, type Stage } from './stage.ts'

const minute = 60_000
const balancers = ['pi-1', 'pi-2']
/** How long the authority's certificates last. */
const seconds = 120
let stage: Stage
let authority: AcmeAuthority
let root: string
let visitors: HttpsVisitors | undefined

/** Figures for the log of the run. */
const told = (words: string) => process.stdout.write(`measured: ${words}\n`)

beforeAll(async () => {
  stage = await openStage({ id: 131, nodes: 3, built: true })
  authority = await raiseAuthority(() => stage, 'pi-3', seconds)
  root = await authority.root()
  for (const node of balancers) {
    // The names as the internet would resolve them, and looks that suit certificates of minutes.
    const names = `${stage.spec.vip} blog.example www.blog.example`
    await stage.on(node, 'sh', '-c', 'echo "$1" >> /etc/hosts', 'sh', names)
    const lines = '[Service]\nEnvironment=BRAMBLE_HTTPS_EVERY=5 BRAMBLE_ACME_RETRY=10\n'
    const folder = '/etc/systemd/system/bramble-https.service.d'
    await stage.on(node, 'mkdir', '-p', folder)
    await stage.on(node, 'sh', '-c', 'printf "%s" "$1" > "$2/often.conf"', 'sh', lines, folder)
    await stage.on(node, 'systemctl', 'daemon-reload')
  }
}, 15 * minute)
afterAll(() => stage?.close(), 2 * minute)
afterEach(async () => {
  await visitors?.stop()
  visitors = undefined
  for (const { name } of stage.spec.nodes) await powerOn({ id: stage.id, node: name })
}, 4 * minute)

const addressOf = (node: string) => stage.spec.nodes.find(({ name }) => name === node)!.address
const seenAt = (address: string, name: string) => seeCertificate({ address, authority: root }, name)
const shownBy = (name: string, nodes = balancers) => Promise.all(nodes.map((node) => seenAt(addressOf(node), name)))
const vip = () => ({ address: stage.spec.vip, authority: root })

/** Waits until these balancers show one and the same certificate that browsers trust, other than `before`. */
const agreed = (name: string, before: string | undefined, limit: number, nodes = balancers) =>
  eventually(limit, async () => {
    const all = await shownBy(name, nodes)
    expect(new Set(all.map(({ fingerprint }) => fingerprint)).size).toBe(1)
    expect(all.every(({ trusted }) => trusted)).toBe(true)
    expect(all[0]!.fingerprint).not.toBe(before)
    return all[0]!.fingerprint
  })

async function holderOf(): Promise<string> {
  for (const node of balancers)
    if ((await stage.on(node, 'ip', '-4', '-o', 'address')).includes(`${stage.spec.vip}/`)) return node
  throw new Error('No balancer carries the virtual IP')
}

const statusOf = async (node: string) =>
  JSON.parse(await stage.on(node, 'cat', '/var/lib/bramble/https.json')) as {
    domains: Record<string, { problem: string | null; shown: boolean }>
  }

it(
  'each name has a certificate of the authority soon after its plan, the same on both balancers',
  async () => {
    const domains = ['blog.example', 'www.blog.example', 'gone.example']
    const https = { certificate: 'acme' as const, redirect: true, hsts: false }
    const acme = { email: 'me@example.org', directory: authority.directory, keyType: 'ec256' as const }
    stage = await stage.become((spec) => ({
      ...spec,
      https: { certificate: 'authority', acme: { ...acme, authority: authority.server } },
      apps: [{ name: 'blog', domains, https, kind: 'python' as const, health: { timeout: 30 }, database: false }],
    }))
    const { outcome } = await stage.apply()
    expect(outcome.status, outcome.message).toBe('succeeded')
    await authority.letIn()
    const applied = performance.now()
    for (const name of domains.slice(0, 2)) await agreed(name, undefined, 120)
    told(
      `two names had certificates on both balancers ${((performance.now() - applied) / 1000).toFixed(0)} s after the plan`,
    )
    await deployHttpsApp(stage, domains)
    expect(await askHttps(vip(), 'blog.example')).toMatchObject({ status: 200, body: 'https' })
    expect((await askHost(stage.site, 'blog.example')).status).toBe(308)

    // A name that leads nowhere costs the authority nothing, and says so.
    const holder = await holderOf()
    await eventually(30, async () =>
      expect((await statusOf(holder)).domains['gone.example']).toMatchObject({
        shown: false,
        problem: 'Waiting for DNS: gone.example has no address yet.',
      }),
    )
    const records = await etcdctl(stage, 'get', '--prefix', 'bramble/https/')
    expect(records).toContain('BEGIN CERTIFICATE')
    expect(records).not.toMatch(/PRIVATE KEY|tries\/gone/)
    expect((await stage.plan()).changes).toBe(0)
  },
  6 * minute,
)

it(
  'they are renewed before their end again and again, under load over kept connections',
  async () => {
    visitors = startHttpsVisitors(vip(), 'blog.example', 8)
    await eventually(60, async () => expect([visitors!.answers() > 100, visitors!.failures()]).toEqual([true, []]))
    const began = performance.now()
    let shown = await agreed('blog.example', undefined, 60)
    for (let i = 0; i < 3; i++) shown = await agreed('blog.example', shown, 2 * seconds)
    expect((performance.now() - began) / 1000).toBeGreaterThan(seconds)
    await visitors.stop()
    told(
      `three renewals in ${((performance.now() - began) / 1000).toFixed(0)} s: ${visitors.failures().length} of ${visitors.answers()} requests failed`,
    )
    expect(visitors.failures()).toEqual([])
  },
  8 * minute,
)

it(
  'a balancer that was off at a renewal shows the newer one when it is back; one that lost the virtual IP is replaced',
  async () => {
    const holder = await holderOf()
    const other = balancers.find((name) => name !== holder)!
    for (const off of [other, holder]) {
      const left = balancers.filter((name) => name !== off)
      await powerOff({ id: stage.id, node: off })
      const [before] = await shownBy('blog.example', left)
      const renewed = await agreed('blog.example', before!.fingerprint, 2 * seconds, left)
      expect((await seenAt(stage.spec.vip, 'blog.example')).fingerprint).toBe(renewed)
      await powerOn({ id: stage.id, node: off })
      await agreed('blog.example', before!.fingerprint, 180)
    }
    await stage.whole()
  },
  12 * minute,
)

it(
  'while the authority is down the error and the next try are known to both, and it goes on when it is back',
  async () => {
    await authority.stop()
    await eventually(2 * seconds, async () =>
      expect(await etcdctl(stage, 'get', '--prefix', 'bramble/https/tries/')).toContain('"failures": 2'),
    )
    for (const node of balancers)
      await eventually(30, async () =>
        expect((await statusOf(node)).domains['blog.example']!.problem).toMatch(/connection refused.*Next try: 20/),
      )
    // Another authority, in truth: it knows neither account nor order.
    await authority.start()
    root = await authority.root()
    await agreed('blog.example', undefined, 4 * seconds)
    expect(await etcdctl(stage, 'get', '--prefix', 'bramble/https/tries/blog')).toBe('')
  },
  10 * minute,
)
