/** Parts of a deploy that need no cluster. */
import { AppSpec } from '@bramble/cluster'
import { expect, it } from 'vitest'
import { contextOf } from '../../../test/context.ts'
import { Secret } from '../../engine/types.ts'
import { appNodes } from '../../serving/nodes.ts'
import { ServingRecord } from '../../serving/records.ts'
import { haveMoved, nodesAfter } from './complete.ts'
import { databaseOf, databaseUrl } from './database.ts'
import { differs, furtherPackages } from './needs.ts'
import { commandProperties } from './node/command.ts'
import { lineOf } from './node/logs.ts'

const [release, environment] = ['a'.repeat(64), 'b'.repeat(64)]

it('a command gets the sandbox and the environment of the processes, its own limits, and no port', () => {
  const input = {
    app: 'blog',
    kind: 'node' as const,
    release,
    environment,
    memory: 300,
    command: 'x',
    unit: 'y',
    limit: 60,
  }
  const properties = commandProperties(input)
  for (const expected of [
    'User=app-blog',
    `WorkingDirectory=/srv/bramble/apps/blog/releases/${release}`,
    `EnvironmentFile=/srv/bramble/apps/blog/environments/${environment}`,
    'NoNewPrivileges=yes',
    'Environment=HOME=/var/lib/bramble-app-blog',
    'ProtectSystem=strict',
    'MemoryMax=300M',
    'RuntimeMaxSec=60',
  ])
    expect(properties).toContain(expected)
  for (const property of properties)
    expect(property).not.toMatch(/^(Restart|ExecStart|Environment=PORT|\[|#)|^MemoryMax=(?!300M)/)
})

it('the database of an app is named after it, and its URL verifies whom it reaches', () => {
  expect(databaseOf({ name: 'my-blog' })).toBe('app_my_blog')
  const url = new URL(databaseUrl({ vip: '192.0.2.1' }, { name: 'my-blog' }, new Secret('p/w?@')))
  expect([url.username, decodeURIComponent(url.password), url.host, url.pathname]).toEqual([
    'app_my_blog',
    'p/w?@',
    '192.0.2.1:5000',
    '/app_my_blog',
  ])
  expect(url.searchParams.get('sslmode')).toBe('verify-full')
  expect(url.searchParams.get('sslrootcert')).toMatch(/^\/usr\/local\/share\//)
})

it('a line of the journal names its process', () => {
  const line = (unit: string) =>
    lineOf({ name: 'pi-1' }, JSON.stringify({ at: 1_700_000_000_000_000, unit, text: 'x' }))
  expect(line('b@web.service')).toEqual({
    node: 'pi-1',
    at: '2023-11-14T22:13:20.000Z',
    slot: 'b',
    process: 'web',
    text: 'x',
  })
  expect(line('release-0123.service')).toMatchObject({ slot: null, process: 'release' })
  expect(lineOf({ name: 'pi-1' }, '')).toBeNull()
})

it('nodes are prepared again for what the roles know of an app, and the packages of its release', () => {
  const app = AppSpec.parse({ name: 'blog', kind: 'ruby' })
  const serving = ServingRecord.parse({
    ...{ app: 'blog', generation: 1, release, environment, slot: 'a', kind: 'ruby', port: 20_000, folder: null },
    ...{ processes: {}, health: { path: '/', timeout: 60 }, domains: [], nodes: ['pi-2'], memory: null },
  })
  const nodes = ['pi-2']
  expect(differs(app, nodes, '/', { serving })).toBe(false)
  expect(differs(app, nodes, '/up', { serving })).toBe(true)
  expect(differs({ ...app, domains: ['blog.example'] }, nodes, '/', { serving })).toBe(true)
  expect(differs(app, nodes, '/', { serving: null })).toBe(true)
  const packages = { bookworm: ['ruby', 'ffmpeg', 'old'], trixie: ['ruby', 'ffmpeg', 'new'] }
  expect(furtherPackages({ kind: 'ruby', packages })).toEqual(['ffmpeg'])
})

it('an app runs on the web nodes that were named, or on as many as were asked for', () => {
  const { spec } = contextOf('pi-1')
  const web = spec.nodes.filter(({ roles }) => roles.includes('web')).map(({ name }) => name)
  const names = (over: object) => appNodes(spec, AppSpec.parse({ name: 'blog', ...over })).map(({ name }) => name)
  expect(names({})).toEqual(web)
  expect(names({ count: 1 })).toEqual(web.slice(0, 1))
  expect(names({ nodes: [web[1]] })).toEqual([web[1]])
})

it('nodes that join serve the apps that run everywhere, those that left serve none, and one always serves', () => {
  const { spec } = contextOf('pi-1')
  const web = spec.nodes.filter(({ roles }) => roles.includes('web')).map(({ name }) => name)
  const after = (present: string[], over: object = {}) =>
    nodesAfter({ ...spec, apps: [AppSpec.parse({ name: 'blog', ...over })] }, 'blog', present, web)
  expect(after(web)).toBeNull()
  expect(after(web.slice(1))).toEqual([...web.slice(1), web[0]])
  expect(after(['gone', web[0]!], { nodes: [web[0]] })).toEqual([web[0]])
  // It has to be drained first: that is what "scale" does.
  expect(after(web, { nodes: [web[0]] })).toBeNull()
  expect(nodesAfter(spec, 'unknown', ['gone'], web)).toBeNull()
  const state = {
    app: 'blog',
    kind: 'node' as const,
    serving: null,
    availability: null,
    next: null,
    claimed: false,
    cron: {},
    commands: {},
    revisions: { serving: null, next: null },
  }
  expect(haveMoved(spec, { apps: { blog: state } })).toBe(false)
})
