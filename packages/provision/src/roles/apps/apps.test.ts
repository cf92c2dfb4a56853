/** What a cluster gets on its nodes because it has apps, and what it does not get without. */
import { AppSpec, type ClusterSpec } from '@bramble/cluster'
import { describe, expect, it } from 'vitest'
import { type Answers, contextOf, factsFor, spec } from '../../../test/context.ts'
import { fileState } from '../../engine/file.ts'
import { planSteps } from '../../engine/plan.ts'
import { type PutAction, Secret } from '../../engine/types.ts'
import { haproxyCfg } from '../balancer/haproxy.cfg.ts'
import { firewallRules } from '../firewall.ts'
import { stepsFor } from '../index.ts'
import { retiredApps } from '../retired-apps.ts'

const blog = AppSpec.parse({
  name: 'blog',
  domains: ['*.blog.example', 'blog.example'],
  kind: 'node',
  health: { path: "/up?of='a'" },
  packages: ['imagemagick'],
})
const withApps: Partial<ClusterSpec> = { apps: [blog, AppSpec.parse({ name: 'job' })] }

function planned(name: string, change: Partial<ClusterSpec> = withApps, answers?: Answers) {
  const steps = stepsFor(contextOf(name, change))
  const facts = factsFor(steps, answers)
  const puts = steps
    .flatMap((step) => step.apply?.(facts) ?? [])
    .filter((action): action is PutAction => action.kind === 'put')
  const text = (content: PutAction['content']) => (content instanceof Secret ? content.reveal() : String(content))
  return {
    steps,
    facts,
    ids: steps.map(({ id }) => id).filter((id) => id.startsWith('apps/')),
    files: Object.fromEntries(puts.map(({ path, content }) => [path, text(content)])),
  }
}

describe('a cluster with apps', () => {
  it('runs them on web nodes, and balancers only send to them', () => {
    expect(planned('pi-2').ids).toEqual([
      ...['apps/nginx-service', 'apps/packages', 'apps/user-blog', 'apps/folders-blog', 'apps/user-job'],
      ...['apps/folders-job', 'apps/launcher', 'apps/php-server', 'apps/unit-template', 'apps/static-template'],
      ...['apps/slice', 'apps/agent', 'apps/settings', 'apps/unit', 'apps/service'],
    ])
    expect(planned('pi-1').ids).toEqual([...['apps/slice', 'apps/agent', 'apps/settings', 'apps/unit', 'apps/service']])
    const settings = (name: string) => JSON.parse(planned(name).files['/etc/bramble/apps.json']!)
    expect(settings('pi-1')).toMatchObject({
      ...{ node: 'pi-1', web: false, balancer: true, apps: ['blog', 'job'] },
      endpoints: ['192.0.2.12', '192.0.2.13', '192.0.2.14'],
    })
    expect(settings('pi-4').endpoints).toEqual(['127.0.0.1', '192.0.2.12', '192.0.2.13'])
    const { steps, facts } = planned('pi-2')
    const installs = steps.find(({ id }) => id === 'apps/packages')!
    expect(installs.title).toBe('Install python3, nginx, nodejs, imagemagick')
    // A package that an app names never takes one away that the cluster needs.
    const argv = installs.apply!(facts).flatMap((action) => (action.kind === 'run' ? [action.argv] : []))
    expect(argv.at(-1)).toEqual(expect.arrayContaining(['--no-remove', 'imagemagick']))
  })

  it('keeps nginx from taking port 80, and leaves one that somebody has installed', () => {
    const { steps, facts } = planned('pi-2')
    const step = steps.find(({ id }) => id === 'apps/nginx-service')!
    expect(step.check(facts).settled).toBe(false)
    const present = factsFor([step], {
      over: [[step.reads[0]!, { nginx: { installed: '1.26', candidate: '1.26' } }]],
    })
    expect(step.check(present).settled).toBe(true)
    expect(steps.indexOf(step)).toBeLessThan(steps.findIndex(({ id }) => id === 'apps/packages'))
  })

  it('replaces a user whose id the firewall would not know, and no account of somebody else', () => {
    const step = planned('pi-2').steps.find(({ id }) => id === 'apps/user-blog')!
    const having = (id: number, home = '/var/lib/bramble-app-blog') =>
      factsFor([step], {
        over: [[step.reads[0]!, { code: 0, stdout: `app-blog:x:${id}:${id}::${home}:/bin/false`, stderr: '' }]],
      })
    expect(step.check(having(899)).settled).toBe(true)
    expect(step.check(having(999)).settled).toBe(false)
    const argv = (facts: Parameters<NonNullable<typeof step.apply>>[0]) =>
      step.apply!(facts).map((action) => (action.kind === 'run' ? action.argv[0] : action.kind))
    expect(argv(having(999))).toEqual(['userdel', 'useradd'])
    expect(argv(factsFor([step]))).toEqual(['useradd'])
    for (const id of [800, 999]) {
      expect(step.check(having(id, '/home/somebody')).settled).toBe(false)
      expect(argv(having(id, '/home/somebody'))).toEqual(['useradd'])
    }
    expect(step.explain?.("useradd: user 'app-blog' already exists")).toMatchObject({ code: 'app-account' })
  })

  it('routes each domain to its app, and everything else but its own address to a page', () => {
    const { files } = planned('pi-1')
    expect(files['/etc/haproxy/hosts.map']!.split('\n')).toEqual([
      '# Managed by Bramble. Local changes are overwritten.',
      '*.blog.example app-blog',
      'blog.example app-blog',
      '',
    ])
    const text = files['/etc/haproxy/haproxy.cfg']!
    expect(text).toContain('  default_backend unknown-host\n')
    expect(text).toContain('  use_backend web if { var(txn.host) -m str 192.0.2.100 }\n')
    const backend = text.slice(text.indexOf('backend app-blog'), text.indexOf('backend app-job'))
    // A server begins in maintenance, and its port comes with the release.
    expect(backend).toContain('server maintenance 127.0.0.1:1 weight 0 disabled\n')
    expect(backend).toMatch(/status 503 .*hdr Retry-After 120 .*if \{ srv_is_up\(maintenance\) \}/)
    expect(backend.match(/^ {2}server (?!maintenance).*/gm)).toEqual(
      ['pi-2', 'pi-3', 'pi-4'].flatMap((name, i) =>
        ['a', 'b'].map((slot) => `  server ${name}-${slot} 192.0.2.${12 + i}:1 check disabled`),
      ),
    )
    expect(backend).toContain('http-request disable-l7-retry unless METH_GET')
    expect(backend).toContain("uri '/up?of=%27a%27' ver HTTP/1.1 hdr Host blog.example ")
    expect(text).toContain("uri '/' ver HTTP/1.1 hdr Host job.local ")
  })

  it('sends browsers to HTTPS where the app says so, under the name that was compared', () => {
    const backend = (https: object) => {
      const app = { ...withApps.apps![0]!, https: { redirect: false, hsts: false, ...https } }
      const text = haproxyCfg({ ...spec, apps: [app] })
      return text.slice(text.indexOf('backend app-blog'), text.indexOf('\nbackend unknown-host'))
    }
    expect(backend({})).not.toMatch(/redirect|Strict/)
    expect(backend({ redirect: true })).toContain(
      '  http-request redirect location https://%[var(txn.host)]%[pathq] code 308 unless { ssl_fc }\n',
    )
    expect(backend({ hsts: true })).toContain(
      '  http-after-response set-header Strict-Transport-Security max-age=31536000 if { ssl_fc }\n',
    )
  })

  it('answers a public authority before anything else, only where one is used', () => {
    const acme = { email: 'me@example.org', directory: 'letsencrypt', keyType: 'ec256' as const }
    const change: Partial<ClusterSpec> = {
      https: { certificate: 'acme', acme },
      apps: [AppSpec.parse({ name: 'job', domains: ['job.example'], https: { redirect: true } })],
    }
    const { files, steps, facts } = planned('pi-1', change)
    const text = files['/etc/haproxy/haproxy.cfg']!
    expect(text.indexOf('acme-challenge')).toBeLessThan(text.indexOf('use_backend'))
    expect(text).toContain(
      'lf-string "%[path,field(-1,/)].%[str(thumbprint),map(/etc/haproxy/bramble/challenges.map)]"',
    )
    expect(JSON.parse(files['/etc/bramble/https.json']!)).toMatchObject({
      ...{ node: 'pi-1', vip: '192.0.2.100', domains: { 'job.example': 'acme' } },
      acme: { directory: 'https://acme-v02.api.letsencrypt.org/directory', authority: null },
    })
    const install = steps.find(({ id }) => id === 'balancer/packages')!.apply!(facts)
    expect(JSON.stringify(install)).toContain('"lego"')
    const without = planned('pi-1')
    expect(without.files['/etc/haproxy/haproxy.cfg']).not.toContain('acme-challenge')
    expect(
      JSON.stringify(without.steps.find(({ id }) => id === 'balancer/packages')!.apply!(without.facts)),
    ).not.toContain('lego')
  })

  it('lets balancers in to apps, and apps out to nothing of the cluster but what clients use', () => {
    const rules = firewallRules({ ...spec, ...withApps })
    expect(rules).toContain('ip saddr { 192.0.2.11, 192.0.2.14 } tcp dport 20000-20199 accept')
    expect(rules).toContain('meta skuid 700-899 goto apps')
    const own = rules.slice(rules.indexOf('chain apps {')).split('\n')
    expect(own.findIndex((line) => line.includes('5000, 5001 } accept'))).toBeLessThan(
      own.findIndex((line) => line.includes('ip daddr @cluster')),
    )
    for (const port of ['2379', '2380', '5432', '8008', '20000-20199'])
      for (const where of ['oif lo', 'ip6 daddr { fc00::/7, fe80::/10 }'])
        expect(own.find((line) => line.includes(where))).toContain(port)
  })
})

describe('a cluster without apps', () => {
  it('has nothing of them', () => {
    expect(planned('pi-4', {}).ids).toEqual(['apps/retired'])
    const { steps, facts } = planned('pi-4', {})
    const own = steps.filter(({ id }) => id.startsWith('apps/'))
    expect(planSteps(own, facts, true).map(({ verdict }) => verdict)).toEqual(['settled'])
    for (const text of [haproxyCfg(spec), firewallRules(spec)])
      expect(text).not.toMatch(/app-|txn.app|unknown-host|skuid/)
    expect(Object.keys(planned('pi-1', {}).files).filter((path) => /hosts\.map|unknown/.test(path))).toEqual([])
  })

  it('gives up what it had, and keeps what the apps wrote', () => {
    const mark = fileState('/etc/systemd/system/bramble-apps.service')
    const there = { kind: 'file', sha256: null, mode: 0o644, owner: 'root:root', size: 1, mtime: 0, content: null }
    const commands = (change: Partial<ClusterSpec>, roles?: ClusterSpec['nodes'][number]['roles']) => {
      const context = contextOf('pi-4', change)
      const node = roles ? { ...context.node, roles } : context.node
      const steps = retiredApps({ ...context, node })
      return steps.flatMap((step) => {
        const facts = factsFor([step], { over: [[mark, there]] })
        expect(step.check(facts).settled).toBe(false)
        return step.apply!(facts).map((action) => (action.kind === 'run' ? action.argv.join(' ') : ''))
      })
    }
    expect(commands({})).toContain('systemctl stop bramble-apps.slice')
    expect(commands({})).not.toContain('rm -rf /srv/bramble/apps')
    expect(commands(withApps, ['etcd'])).toContain('rm -rf /srv/bramble/apps')
    expect(commands(withApps)).toEqual([])
  })
})
