import { changed, specOf, wellAt, without } from '@bramble/cluster/specimen'
import { expect, test } from 'vitest'
import { heatOf, sightOf } from './sight.ts'

const at = '2026-11-26T03:00:00.000Z'
const spec = specOf(4)
const well = wellAt(spec, at)
const node = (name: string) => spec.nodes.find((entry) => entry.name === name)!
const labels = (watch: typeof well, name: string) =>
  sightOf(spec, watch, node(name)).marks.map(({ label, tone }) => `${label}/${tone}`)

test('every Pi shows what it is for, and the ones that carry the cluster strongly', () => {
  expect(labels(well, 'pi-1')).toEqual(['Virtual IP/strong'])
  expect(labels(well, 'pi-2')).toEqual(['Primary/strong', 'etcd/quiet', 'Web/good'])
  expect(labels(well, 'pi-3')).toEqual(['Replica/good', 'etcd leader/good', 'Web/good'])
  expect(labels(well, 'pi-4')).toEqual(['Replica/good', 'Standby/quiet', 'etcd/quiet', 'Web/good'])
})

test('a Pi that is away shows no marks, one that nobody looked at is dark', () => {
  const watch = without(well, 'pi-2')
  expect(sightOf(spec, watch, node('pi-2'))).toMatchObject({ power: 'away', marks: [], cpu: null, temperature: null })
  expect(sightOf(spec, { at: null, states: [] }, node('pi-2')).power).toBe('unknown')
  const booted = changed(well, 'pi-2', (state) => ({ ...state, machine: { ...state.machine!, uptime: 12 } }))
  expect(sightOf(spec, booted, node('pi-2')).power).toBe('booting')
})

test('what does not do its work is marked bad, what a person took out is not', () => {
  const broken = changed(well, 'pi-3', (state) => ({
    ...state,
    patroni: null,
    etcd: { ...state.etcd!, healthy: false, because: 'no leader' },
    silent: { patroni: 'connection refused' },
  }))
  expect(labels(broken, 'pi-3')).toEqual(['No database/bad', 'etcd down/bad', 'Web/good'])
  expect(sightOf(spec, broken, node('pi-3')).marks.map(({ words }) => words)).toContain(
    'Patroni is not responding: connection refused',
  )
  const drained = changed(well, 'pi-1', (state) => ({
    ...state,
    haproxy: {
      ...state.haproxy!,
      servers: state.haproxy!.servers.map((server) =>
        server.backend === 'web' && server.server === 'pi-3' ? { ...server, status: 'drain' as const } : server,
      ),
    },
  }))
  expect(labels(drained, 'pi-3')).toContain('Drained/warn')
  const half = changed(well, 'pi-1', (state) => ({
    ...state,
    haproxy: { ...state.haproxy!, silent: { postgres: 'refused' } },
  }))
  expect(labels(half, 'pi-1')).toContain('Half a load balancer/bad')
  expect(sightOf(spec, half, node('pi-1')).marks.map(({ words }) => words)).toContain(
    'HAProxy for PostgreSQL is not responding (refused). This Pi holds the virtual IP because no other load balancer has both services.',
  )
  const twice = changed(well, 'pi-4', (state) => ({
    ...state,
    machine: { ...state.machine!, addresses: ['192.168.7.14', spec.vip] },
  }))
  expect(labels(twice, 'pi-1')).toEqual(['Virtual IP/bad'])
  const stopped = changed(well, 'pi-4', (state) => ({ ...state, patroni: { ...state.patroni!, state: 'starting' } }))
  expect(labels(stopped, 'pi-4')[0]).toBe('starting/warn')
})

test('warnings of the board stand worst first', () => {
  const sick = changed(well, 'pi-2', (state) => ({
    ...state,
    machine: {
      ...state.machine!,
      temperature: 84,
      card: { errors: 3, wear: null, readOnly: false },
      power: { ...state.machine!.power!, throttled: true, undervoltage: true, undervoltageSinceBoot: true },
      diskFree: 10 ** 9,
    },
  }))
  const sight = sightOf(spec, sick, node('pi-2'))
  expect(sight.heat).toBe('hot')
  expect(sight.warnings.map(({ words }) => words)).toEqual([
    'Undervoltage',
    '84\u202f°C is too hot',
    'Throttled',
    '3 card errors',
    '954\u202fMiB free on the card',
  ])
  expect([null, 45, 70, 80].map(heatOf)).toEqual(['cool', 'cool', 'warm', 'hot'])
})
