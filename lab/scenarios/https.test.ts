/** HTTPS of apps with certificates of the site authority: made, shown and renewed by the balancers, with no Bramble at all. */
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { powerOff, powerOn } from '../src/index.ts'
import { askHost } from './app-visitors.ts'
import { type Crowd, startCrowd } from './crowd.ts'
import { deployHttpsApp } from './https-app.ts'
import { askHttps, type HttpsVisitors, seeCertificate, startHttpsVisitors } from './https-client.ts'
import { eventually, openStage, type Stage } from './stage.ts'

const minute = 60_000
const nodes = ['pi-1', 'pi-2', 'pi-3']
const balancers = ['pi-1', 'pi-2']
let stage: Stage
let crowd: Crowd | undefined
let visitors: HttpsVisitors | undefined

/** Figures for the log of the run. */
const told = (words: string) => process.stdout.write(`measured: ${words}\n`)

const own = [
  { name: 'blog', domains: ['blog.example', '*.blog.example'], https: { redirect: true, hsts: true } },
  { name: 'wiki', domains: ['wiki.local'] },
  { name: 'open', domains: ['open.example'], https: { certificate: 'off' as const, redirect: false, hsts: false } },
].map((app) => ({ ...app, kind: 'python' as const, health: { timeout: 30 }, database: false }))

beforeAll(async () => {
  stage = await openStage({ id: 130, nodes: 3, built: true })
  expect((await stage.plan()).changes).toBe(0)
}, 15 * minute)
afterAll(() => stage?.close(), 2 * minute)
afterEach(async () => {
  await Promise.all([crowd?.stop(), visitors?.stop()])
  crowd = undefined
  visitors = undefined
  for (const node of nodes) await powerOn({ id: stage.id, node })
}, 4 * minute)

const addressOf = (node: string) => stage.spec.nodes.find(({ name }) => name === node)!.address
const at = (address = stage.spec.vip) => ({ address, authority: stage.secrets.siteAuthority.certificate })
/** What each balancer shows for a name. */
const shownBy = (name: string | null) => Promise.all(balancers.map((node) => seeCertificate(at(addressOf(node)), name)))
const neutral = { trusted: false, names: 'DNS:unknown.invalid', chain: ['unknown.invalid'] }

async function become(apps: typeof own): Promise<void> {
  stage = await stage.become((spec) => ({ ...spec, apps }))
  const { outcome } = await stage.apply()
  expect(outcome.status, outcome.message).toBe('succeeded')
  expect((await stage.plan()).changes).toBe(0)
}

it(
  'a cluster that showed its internal certificate moves over by a plan, without a failed request',
  async () => {
    for (const node of balancers) {
      const cfg = '/etc/haproxy/haproxy.cfg'
      await stage.on(node, 'systemctl', 'disable', '--now', 'bramble-https.service')
      await stage.on(node, 'sh', '-c', 'cat /etc/bramble/node.crt /etc/bramble/node.key > /etc/haproxy/bramble.pem')
      await stage.on(
        node,
        'sed',
        '-i',
        '-E',
        's/(bind :443 ssl crt ).*( alpn.*)/\\1\\/etc\\/haproxy\\/bramble.pem\\2/',
        cfg,
      )
      await stage.on(node, 'systemctl', 'reload', 'haproxy.service')
      await stage.on(
        node,
        ...['rm', '-rf', '/etc/haproxy/bramble', '/etc/bramble/https.json', '/etc/bramble/site-issuer.crt'],
        ...['/etc/bramble/site-issuer.key', '/usr/local/lib/bramble/https-agent', '/var/lib/bramble/https.json'],
        '/etc/systemd/system/bramble-https.service',
      )
    }
    await eventually(30, async () => {
      for (const { names } of await shownBy('pi-1')) expect(names).toContain('IP Address:')
    })
    crowd = startCrowd(stage.site, 6)
    await eventually(60, async () => expect(crowd!.answers()).toBeGreaterThan(100))
    const planned = (await stage.plan()).nodes.map(({ node, steps }) => [
      node,
      steps!.filter(({ verdict }) => verdict === 'todo').map(({ id }) => id.replace('balancer/', '')),
    ])
    const moved = [
      ...['site-issuer-key', 'site-issuer', 'https-agent', 'https-settings', 'https.unit', 'certificates'],
      ...['haproxy.cfg', 'haproxy', 'https-service', 'former-certificate'],
    ]
    expect(planned).toEqual([...balancers.map((node) => [node, moved]), ['pi-3', []]])
    const { outcome } = await stage.apply()
    expect(outcome.status, outcome.message).toBe('succeeded')
    const before = crowd.answers()
    await eventually(60, async () => expect(crowd!.answers()).toBeGreaterThan(before + 100))
    await crowd.stop()
    told(`moving over: ${crowd.failures().length} of ${crowd.answers()} requests failed`)
    expect(crowd.failures()).toEqual([])
    for (const name of [null, 'pi-1', 'localhost', 'blog.example'])
      for (const shown of await shownBy(name))
        expect(shown).toMatchObject({ ...neutral, protocol: 'h2', tls: 'TLSv1.3' })
    for (const node of balancers)
      await expect(stage.on(node, 'test', '-e', '/etc/haproxy/bramble.pem')).rejects.toThrow()
    expect((await stage.plan()).changes).toBe(0)
  },
  5 * minute,
)

it(
  'each domain has a certificate that a device trusts, on both balancers, and another name learns nothing',
  async () => {
    await become(own)
    await deployHttpsApp(stage, own[0]!.domains)
    for (const name of ['blog.example', 'www.blog.example', 'wiki.local'])
      for (const [i, shown] of (await shownBy(name)).entries()) {
        expect([name, shown]).toEqual([
          name,
          expect.objectContaining({ trusted: true, protocol: 'h2', tls: 'TLSv1.3' }),
        ])
        expect(shown.chain).toEqual([
          expect.any(String),
          `Bramble site issuer ${balancers[i]}`,
          expect.stringContaining('site authority'),
        ])
      }
    for (const name of ['open.example', 'a.b.blog.example', 'pi-1', stage.spec.vip, null])
      for (const shown of await shownBy(name === stage.spec.vip ? null : name)) expect(shown).toMatchObject(neutral)

    // HTTPS, and HTTP where the app asks for it.
    const secure = await askHttps(at(), 'blog.example')
    expect(secure).toMatchObject({ status: 200, body: 'https' })
    expect(secure.headers['strict-transport-security']).toBe('max-age=31536000')
    const moved = await askHost(stage.site, 'WWW.blog.example:80', '/a%20b?c=/d')
    expect([moved.status, moved.headers.location]).toEqual([308, 'https://www.blog.example/a%20b?c=/d'])
    expect(moved.headers['strict-transport-security']).toBeUndefined()
    expect((await askHost(stage.site, 'wiki.local')).status).toBe(503)

    // The authority for people's devices, at the cluster's own address only.
    const path = '/.well-known/bramble/site-authority.crt'
    const { headers, body } = await askHost(stage.site, stage.spec.vip, path)
    expect([headers['content-type'], body]).toEqual(['application/x-x509-ca-cert', at().authority])
    expect((await askHost(stage.site, 'unknown.example', path)).status).toBe(404)
    for (const node of balancers) {
      const modes = await stage.on(
        node,
        'sh',
        '-c',
        'stat -c "%a %U" /etc/haproxy/bramble /etc/haproxy/bramble/names/*',
      )
      expect(new Set(modes.trim().split('\n'))).toEqual(new Set(['700 root', '600 root']))
    }
  },
  5 * minute,
)

it(
  'certificates of minutes are renewed by both balancers again and again, under load over kept connections',
  async () => {
    const seconds = 90
    const folder = '/run/systemd/system/bramble-https.service.d'
    const lines = ['[Service]', `Environment=BRAMBLE_HTTPS_LIFETIME=${seconds} BRAMBLE_HTTPS_EVERY=3`, '']
    visitors = startHttpsVisitors(at(), 'blog.example', 8)
    await eventually(60, async () => expect([visitors!.answers() > 100, visitors!.failures()]).toEqual([true, []]))
    const before = (await shownBy('blog.example')).map(({ fingerprint }) => fingerprint)
    for (const node of balancers) {
      await stage.on(node, 'mkdir', '-p', folder)
      await stage.on(node, 'sh', '-c', 'printf "%s" "$1" > "$2/short.conf"', 'sh', lines.join('\n'), folder)
      await stage.on(node, 'systemctl', 'daemon-reload')
      // What they have lasts 90 days; from now on they make short ones.
      await stage.on(node, 'sh', '-c', 'rm /etc/haproxy/bramble/names/*')
      await stage.on(node, 'systemctl', 'restart', 'bramble-https.service')
    }
    const seen = balancers.map((_, i) => new Set([before[i]!]))
    await eventually(4 * seconds, async () => {
      const shown = await shownBy('blog.example')
      for (const [i, { trusted, fingerprint }] of shown.entries()) {
        expect(trusted).toBe(true)
        seen[i]!.add(fingerprint)
      }
      for (const set of seen) expect(set.size).toBeGreaterThanOrEqual(4)
    })
    const reloads = await Promise.all(
      balancers.map((node) => stage.on(node, 'systemctl', 'show', '-P', 'NRestarts', 'haproxy')),
    )
    expect(reloads.map((text) => text.trim())).toEqual(['0', '0'])
    for (const node of balancers) {
      await stage.on(node, 'rm', '-r', folder)
      await stage.on(node, 'systemctl', 'daemon-reload')
      await stage.on(node, 'systemctl', 'restart', 'bramble-https.service')
    }
    await visitors.stop()
    told(
      `renewed ${seen.map((set) => set.size - 1).join(' and ')} times: ${visitors.failures().length} of ${visitors.answers()} requests failed`,
    )
    expect(visitors.failures()).toEqual([])
  },
  8 * minute,
)

it(
  'the site stays trusted when the holder of the virtual IP loses power, and when it is back',
  async () => {
    const holder = await holderOf()
    visitors = startHttpsVisitors(at(), 'blog.example', 4)
    await eventually(60, async () => expect([visitors!.answers() > 100, visitors!.failures()]).toEqual([true, []]))
    await powerOff({ id: stage.id, node: holder })
    await eventually(60, async () =>
      expect(await askHttps(at(), 'blog.example')).toMatchObject({ status: 200, body: 'https' }),
    )
    const answers = visitors.answers()
    await eventually(60, async () => expect(visitors!.answers()).toBeGreaterThan(answers + 100))
    await visitors.stop()
    told(`holder of the virtual IP lost power: ${visitors.longestGap().toFixed(1)} s without an answer over HTTPS`)
    await powerOn({ id: stage.id, node: holder })
    await eventually(180, async () => {
      for (const { trusted } of await shownBy('blog.example')) expect(trusted).toBe(true)
    })
    await stage.whole()
  },
  6 * minute,
)

/** Which balancer carries the virtual IP. */
async function holderOf(): Promise<string> {
  for (const node of balancers)
    if ((await stage.on(node, 'ip', '-4', '-o', 'address')).includes(`${stage.spec.vip}/`)) return node
  throw new Error('No balancer carries the virtual IP')
}

it(
  'a new domain is trusted after its plan, and one that is gone leaves no certificate and no key',
  async () => {
    const before = at().authority
    await become([{ ...own[0]!, domains: ['blog.example', 'new.local'] }, own[2]!])
    // A name of the LAN needs no new trust on any device.
    expect(at().authority).toBe(before)
    for (const { trusted } of await shownBy('new.local')) expect(trusted).toBe(true)
    for (const name of ['wiki.local', 'www.blog.example'])
      for (const shown of await shownBy(name)) expect([name, shown]).toEqual([name, expect.objectContaining(neutral)])
    for (const node of balancers)
      expect((await stage.on(node, 'ls', '/etc/haproxy/bramble/names')).trim().split('\n')).toEqual([
        'blog.example.pem',
        'new.local.pem',
      ])
  },
  5 * minute,
)
