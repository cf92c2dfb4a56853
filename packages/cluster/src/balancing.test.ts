import { describe, expect, it } from 'vitest'
import { ServerSwitch, serversOf } from './balancing.ts'
import { ClusterSpec } from './spec.ts'
import { isLastUsable } from './watch/last-server.ts'

const spec = ClusterSpec.parse({
  name: 'shelf',
  vip: '192.168.1.100',
  nodes: [
    { name: 'pi-1', address: '192.168.1.11', roles: ['balancer'] },
    { name: 'pi-2', address: '192.168.1.12', roles: ['postgres', 'web'] },
    { name: 'pi-3', address: '192.168.1.13', roles: ['postgres'] },
    { name: 'pi-4', address: '192.168.1.14', roles: ['web'] },
  ],
})

it('knows the servers of each backend by the roles of the spec', () => {
  expect(serversOf(spec, 'web')).toEqual(['pi-2', 'pi-4'])
  expect(serversOf(spec, 'postgres-primary')).toEqual(['pi-2', 'pi-3'])
  expect(serversOf(spec, 'postgres-replicas')).toEqual(['pi-2', 'pi-3'])
})

it.each(['pi-3; shutdown sessions', 'pi-3\nset server', 'web/pi-3', '', '../pi-3', 'PI'])(
  'refuses the server %j',
  (server) => {
    expect(ServerSwitch.safeParse({ backend: 'web', server, state: 'drain' }).success).toBe(false)
  },
)

describe('the last usable server', () => {
  const of = (status: 'up' | 'down' | 'drain' | 'maint' | 'unchecked', server: string, backend = 'web') => ({
    backend,
    server,
    status,
  })
  const target = { backend: 'web', server: 'pi-2' } as const
  it.each([
    ['alone', [of('up', 'pi-2')], true],
    ['beside one that is down', [of('up', 'pi-2'), of('down', 'pi-4')], true],
    ['beside one that is drained', [of('up', 'pi-2'), of('drain', 'pi-4')], true],
    ['beside one that is up in another backend', [of('up', 'pi-2'), of('up', 'pi-4', 'postgres-primary')], true],
    ['beside one that is up', [of('up', 'pi-2'), of('up', 'pi-4')], false],
    ['beside one that nobody checks', [of('up', 'pi-2'), of('unchecked', 'pi-4')], false],
    ['down itself', [of('down', 'pi-2'), of('down', 'pi-4')], false],
    ['unknown', [of('up', 'pi-4')], false],
  ])('%s', (_, servers, last) => expect(isLastUsable(servers, target)).toBe(last))
})
