import { expect, it } from 'vitest'
import { readStats } from './haproxy.ts'

it('takes servers of both services, and says which frontends are open and who is silent', () => {
  const web = [
    ['site', 'FRONTEND', '0', 'OPEN'],
    ['web', 'pi-2', '2', 'UP 1/2'],
    ['web', 'BACKEND', '1', 'UP'],
  ] as [string, string, string, string][]
  expect(readStats({ web, postgres: null })).toEqual({
    servers: [{ backend: 'web', server: 'pi-2', status: 'up' }],
    silent: ['postgres'],
    open: [{ service: 'web', frontend: 'site' }],
  })
  expect(readStats({ web: null, postgres: null })).toEqual({ servers: [], silent: ['web', 'postgres'], open: [] })
})

it('believes the service of PostgreSQL where both have a backend, as while a balancer moves over', () => {
  const found = readStats({
    web: [
      ['postgres-read-write', 'FRONTEND', '0', 'OPEN'],
      ['postgres-primary', 'pi-2', '2', 'DOWN'],
    ],
    postgres: [
      ['postgres-read-write', 'FRONTEND', '0', 'OPEN'],
      ['postgres-primary', 'pi-2', '2', 'UP'],
    ],
  })
  expect(found.servers).toEqual([{ backend: 'postgres-primary', server: 'pi-2', status: 'up' }])
  expect(found.open.map(({ service }) => service)).toEqual(['web', 'postgres'])
})
