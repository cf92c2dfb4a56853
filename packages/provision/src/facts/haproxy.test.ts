import { describe, expect, it } from 'vitest'
import { readServers, statusOf } from './haproxy.ts'

// The columns that matter of HAProxy 3.0's "show stat", in its order and with its other types of line.
const csv = `# pxname,svname,qcur,status,type,
site,FRONTEND,,OPEN,0,
web,pi-2,0,UP,2,
web,pi-3,0,UP 1/2,2,
web,BACKEND,0,UP,1,
postgres-primary,pi-2,0,DOWN,2,

`

describe('readServers', () => {
  it('takes servers by the header, not frontends or backends', () => {
    expect(readServers(csv)).toEqual([
      { backend: 'web', server: 'pi-2', status: 'UP' },
      { backend: 'web', server: 'pi-3', status: 'UP 1/2' },
      { backend: 'postgres-primary', server: 'pi-2', status: 'DOWN' },
    ])
  })
  it('has no servers in nothing', () => expect(readServers('')).toEqual([]))
})

it.each([
  ['UP', 'up'],
  ['UP 1/2', 'up'],
  ['DOWN', 'down'],
  ['DOWN 1/2', 'down'],
  ['NOLB', 'down'],
  ['MAINT', 'maint'],
  ['MAINT (via web/pi-2)', 'maint'],
  ['DRAIN', 'drain'],
  ['DRAIN 1/3', 'drain'],
  ['no check', 'unchecked'],
] as const)('calls %s %s', (words, status) => expect(statusOf(words)).toBe(status))
