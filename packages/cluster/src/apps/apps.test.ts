/** Apps in the cluster file: what is accepted, what is refused, and with which words. */
import { describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { parseClusterFile } from '../file.ts'
import { scheduleProblem } from './schedule.ts'

const head = `name: shelf
vip: 192.168.1.100
nodes:
  - { name: pi-1, address: 192.168.1.11, roles: [etcd, postgres, balancer, web] }
  - { name: pi-2, address: 192.168.1.12, roles: [etcd, postgres, balancer, web] }
  - { name: pi-3, address: 192.168.1.13, roles: [etcd, postgres] }
apps:
`
const parse = (apps: unknown[]) => parseClusterFile(head + stringify(apps).replace(/^/gm, '  '))
const errors = (...apps: unknown[]) =>
  parse(apps)
    .findings.filter(({ level }) => level === 'error')
    .map(({ path, message }) => `${path}: ${message}`)

const full = {
  name: 'blog',
  domains: ['Blog.Example.org.', 'www.blog.example.org', '*.bücher.example', '192.168.1.100'],
  kind: 'node',
  build: ['npm ci', 'npm run build'],
  processes: { web: 'node server.js', worker: 'node worker.js' },
  release: 'node migrate.js',
  health: { path: '/health?deep=1', timeout: 90 },
  nodes: ['pi-2', 'pi-1'],
  memory: 256,
  database: true,
  cron: [{ name: 'clean', schedule: '30 3 * * mon-fri', command: 'node clean.js', timeout: 60 }],
  environment: { GREETING: 'Hello\n"$USER" %h \\ ü', EMPTY: '' },
  packages: ['imagemagick'],
}

describe('apps in the cluster file', () => {
  it('are read with normal domains and defaults, and survive being written and read again', () => {
    const { spec, findings } = parse([full, { name: 'page', domains: ['page.example'] }])
    expect(findings).toEqual([])
    expect(spec!.apps).toEqual([
      {
        ...full,
        domains: ['blog.example.org', 'www.blog.example.org', '*.xn--bcher-kva.example', '192.168.1.100'],
      },
      { name: 'page', domains: ['page.example'], health: {}, database: false },
    ])
    expect(parseClusterFile(stringify(spec)).spec).toEqual(spec)
    expect(parseClusterFile(JSON.stringify(spec)).spec).toEqual(spec)
  })

  it.each([
    ['a reserved name', { name: 'web' }, 'apps.0.name: apps.0.name: must be another name: "web" is the name of a part'],
    ['a name with a path', { name: '../etc' }, 'apps.0.name: apps.0.name: must start with a letter'],
    ['a name that is too long', { name: 'a'.repeat(25) }, 'apps.0.name: apps.0.name: must start with a letter'],
    ['a port', { domains: ['a.example:8080'] }, 'apps.0.domains.0: apps.0.domains.0: must have no port'],
    [
      'PORT',
      { environment: { PORT: '3000' } },
      'apps.0.environment.PORT: apps.0.environment.PORT: cannot be set: Bramble',
    ],
    [
      'BRAMBLE_X',
      { environment: { BRAMBLE_X: '' } },
      'apps.0.environment.BRAMBLE_X: apps.0.environment.BRAMBLE_X: cannot',
    ],
    [
      'the name of a variable',
      { environment: { 'A-B': '' } },
      'apps.0.environment.A-B: apps.0.environment.A-B: must be the name',
    ],
    [
      'the name of a process',
      { processes: { Web: 'x' } },
      'apps.0.processes.Web: apps.0.processes.Web: must be the name',
    ],
    ['a number as a value', { environment: { N: 3 } }, 'apps.0.environment.N: apps.0.environment.N: must be text: put'],
    [
      'a long value',
      { environment: { N: 'ü'.repeat(33_000) } },
      'apps.0.environment.N: apps.0.environment.N: must be 64 KB',
    ],
    ['files outside', { files: '../data' }, 'apps.0.files: apps.0.files: must be a folder of the app'],
    ['absolute files', { files: '/etc' }, 'apps.0.files: apps.0.files: must be a folder of the app'],
    ['files in /..', { files: 'a/../../b' }, 'apps.0.files: apps.0.files: must be a folder of the app'],
    ['two lines', { release: 'a\nb' }, 'apps.0.release: apps.0.release: must be one line'],
    [
      'a schedule',
      { cron: [{ name: 'a', schedule: '61 * * * *', command: 'x' }] },
      'apps.0.cron.0.schedule: apps.0.cron.0.schedule: has a wrong minute',
    ],
    [
      'a certificate path',
      { health: { path: '/.well-known/acme-challenge/x' } },
      'apps.0.health.path: apps.0.health.path: must be another path',
    ],
    ['a package', { packages: ['-y'] }, 'apps.0.packages.0: apps.0.packages.0: must be the name of a Debian package'],
    [
      'a package that apt-get would remove',
      { packages: ['g++', 'keepalived-'] },
      'apps.0.packages.1: apps.0.packages.1: must be the name of a Debian package',
    ],
    ['an unknown key', { domain: 'a.example' }, 'apps.0.domain: Unknown key "domain".'],
    ['nodes and count', { nodes: ['pi-1'], count: 1 }, 'apps.0.count: The app page has both nodes and count.'],
    [
      'an unknown node',
      { nodes: ['pi-9'] },
      'apps.0.nodes.0: The app page is to run on pi-9, and no node has this name.',
    ],
    [
      'no web node',
      { nodes: ['pi-3'] },
      'apps.0.nodes.0: The app page is to run on pi-3, which does not have the role web.',
    ],
    ['a count', { count: 3 }, 'apps.0.count: The app page is to run on 3 nodes, and 2 have the role web.'],
    ['files on two nodes', { files: 'storage' }, 'apps.0.files: The app page keeps files, and is to run on 2 nodes'],
    [
      'an address',
      { domains: ['192.168.1.11'] },
      'apps.0.domains.0: The app page is to answer at 192.168.1.11, and only',
    ],
    [
      'DATABASE_URL twice',
      { database: true, environment: { DATABASE_URL: 'x' } },
      'apps.0.environment.DATABASE_URL: The app page sets',
    ],
    [
      'no web process',
      { domains: ['a.example'], processes: { worker: 'x' } },
      'apps.0.processes: The app page has domains, and no process named web',
    ],
  ])('are refused with %s', (_, change, message) => {
    const found = errors({ name: 'page', ...change })
    expect(found).toHaveLength(1)
    expect(found[0]!.startsWith(message), found[0]).toBe(true)
  })

  it('cannot share a domain, and the error names both', () => {
    const one = { name: 'one', domains: ['A.example'] }
    expect(errors(one, { name: 'two', domains: ['b.example', 'a.EXAMPLE.'] })).toEqual([
      'apps.1.domains.1: The apps one and two both have the domain a.example.',
    ])
    expect(errors(one, { name: 'two', domains: ['*.example'] })).toEqual([
      'apps.1.domains.0: The domain *.example of the app two overlaps a.example of the app one.',
    ])
    expect(errors({ name: 'one', domains: ['a.example', 'A.example'] })).toEqual([
      'apps.0.domains.1: The app one lists a.example twice.',
    ])
    expect(errors({ name: 'one', domains: ['a.example', '*.example'] }, { name: 'two', domains: ['example'] })).toEqual(
      [],
    )
    expect(errors(one, { name: 'one' })[0]).toBe('apps.1.name: Two apps are named one.')
  })
})

it.each([
  ['* * * * *', true],
  ['*/5 0-6,20 1 jan-mar sun', true],
  ['0 0 * * 7', true],
  ['@daily', true],
  ['@reboot', false],
  ['* * * *', false],
  ['60 * * * *', false],
  ['5-1 * * * *', false],
  ['*/0 * * * *', false],
  ['* * 0 * *', false],
  ['a * * * *', false],
  ['* * * * *; reboot', false],
])('the schedule "%s" is accepted: %s', (text, good) => expect(scheduleProblem(text) === null).toBe(good))
