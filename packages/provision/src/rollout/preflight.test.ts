import type { ClusterSpec } from '@bramble/cluster'
import { describe, expect, it } from 'vitest'
import { type Answers, answers, contextOf, noPulse, pi, spec } from '../../test/context.ts'
import { command } from '../engine/command.ts'
import type { Pulse } from '../engine/pulse.ts'
import type { Facts } from '../engine/types.ts'
import { address } from '../facts/os.ts'
import { preflight, preflightFacts } from './preflight.ts'

const serving: Pulse = { ...noPulse, primary: 'pi-2', streaming: ['pi-3'], voters: ['pi-2', 'pi-3'] }
const building: Pulse = noPulse
const now = new Date(pi.clock * 1000)

/** Codes of the findings when every node is a factory Pi, except for what is given. */
function codes(
  special: Record<string, Answers> = {},
  change: Partial<ClusterSpec> = {},
  without: string[] = [],
  pulse = serving,
) {
  const known = new Map<string, Facts>(
    spec.nodes
      .filter((node) => !without.includes(node.name))
      .map((node) => {
        const own = { addresses: [{ interface: 'eth0', address: node.address, prefix: 24 }] }
        const { machine = {}, over = [] } = special[node.name] ?? {}
        return [
          node.name,
          answers(preflightFacts(contextOf(node.name, change)), { machine: { ...own, ...machine }, over }),
        ]
      }),
  )
  const asked = new Map(spec.nodes.map((node) => [node.name, { from: now, to: now }]))
  return preflight({ ...spec, ...change }, known, asked, pulse).map(({ level, code, node }) =>
    `${level} ${code} ${node ?? ''}`.trim(),
  )
}

describe('preflight', () => {
  it('has nothing to say about four factory Pis', () => expect(codes()).toEqual([]))

  it.each<[string, Answers, string]>([
    ['another system', { machine: { id: 'fedora', codename: '' } }, 'error not-debian pi-2'],
    ['Ubuntu', { machine: { id: 'ubuntu', idLike: 'debian', codename: 'noble' } }, 'error not-debian pi-2'],
    ['32 bits', { machine: { architecture: 'armhf' } }, 'warning armhf pi-2'],
    ['a Pi with 512 MB as a voter', { machine: { memory: 512 * 1024 ** 2 } }, 'error memory pi-2'],
    ['a full card', { machine: { diskFree: 1024 ** 3 } }, 'error disk pi-2'],
    ['a clock in 1970', { machine: { clock: 1000 } }, 'error clock pi-2'],
    ['a clock that is ahead', { machine: { clock: pi.clock + 61 } }, 'error clock pi-2'],
    [
      'a PostgreSQL of its own',
      {
        over: [
          [
            command(['pg_lsclusters', '--no-header']),
            { code: 0, stdout: '17 main 5432 online postgres /var/lib/postgresql/17/main /var/log/x\n', stderr: '' },
          ],
        ],
      },
      'error foreign-database pi-2',
    ],
  ])('names %s', (_, special, finding) => expect(codes({ 'pi-2': special })).toEqual([finding]))

  it('accepts a clock that is a minute off', () =>
    expect(codes({ 'pi-2': { machine: { clock: pi.clock - 60 } } })).toEqual([]))

  it('refuses the first build while a voter is away, and only that', () => {
    expect(codes({}, {}, ['pi-3'], building)).toEqual(['error voter-away pi-3'])
    expect(codes({}, {}, ['pi-1'], building)).toEqual([])
    expect(codes({}, {}, ['pi-3'])).toEqual([])
    expect(codes({}, {}, ['pi-1', 'pi-2', 'pi-3', 'pi-4'], building)).toEqual([])
  })

  it('refuses a release that is too old', () =>
    expect(codes({ 'pi-1': { machine: { codename: 'bullseye' } } })).toEqual(['error release pi-1']))

  it('refuses two releases among the copies of the database', () =>
    expect(codes({ 'pi-3': { machine: { codename: 'bookworm' } } })).toEqual(['error mixed-releases pi-3']))

  it('refuses a virtual IP outside the network of a balancer', () =>
    expect(codes({}, { vip: '203.0.113.9' })).toEqual(['error vip-subnet pi-1', 'error vip-subnet pi-4']))

  it('refuses an interface that is not there', () =>
    expect(codes({}, { interface: 'wlan0' })).toEqual(['error interface pi-1', 'error interface pi-4']))

  describe('a virtual IP that answers', () => {
    const use = address(spec.vip)
    const stranger = { over: [[use, { holder: false, answeredBy: '00:00:5e:00:53:01' }]] as const }
    const holder = { over: [[use, { holder: true, answeredBy: null }]] as const }

    it('is refused when no balancer carries it', () =>
      expect(codes({ 'pi-1': stranger, 'pi-4': stranger })).toEqual(['error vip-taken']))
    it('is right when a balancer carries it', () => expect(codes({ 'pi-1': stranger, 'pi-4': holder })).toEqual([]))
    it('is only a warning while a balancer cannot be asked', () =>
      expect(codes({ 'pi-1': stranger }, {}, ['pi-4'])).toEqual(['warning vip-taken']))
  })
})
