import { specOf, wellAt } from '@bramble/cluster/specimen'
import { expect, it } from 'vitest'
import { boardRows, isTrouble } from './board-rows.ts'

const spec = specOf(4)
// The specimen's balancers share what they see; here each has its own.
const well = () => {
  const watch = wellAt(spec, '2026-11-25T10:00:00Z')
  return { ...watch, states: watch.states.map((state) => structuredClone(state)) }
}
const [first, second] = spec.nodes.filter(({ roles }) => roles.includes('balancer')).map(({ name }) => name)

it('each server stands once, with what every balancer sees', () => {
  const rows = boardRows(spec, well(), 'web', first!)
  expect(rows.map(({ server }) => server)).toEqual(
    spec.nodes.filter(({ roles }) => roles.includes('web')).map(({ name }) => name),
  )
  for (const row of rows) {
    expect(row.sights.map(({ balancer, server }) => [balancer, server?.status])).toEqual([
      [first, 'up'],
      [second, 'up'],
    ])
    expect([row.status, row.torn, row.sessions]).toEqual(['up', false, 4])
  }
})

it('balancers that disagree are seen, and clients meet the one with the address', () => {
  const watch = well()
  const servers = watch.states.find(({ node }) => node === second)!.haproxy!.servers
  servers.find(({ backend }) => backend === 'web')!.status = 'drain'
  const [row] = boardRows(spec, watch, 'web', second!)
  expect([row?.status, row?.torn]).toEqual(['drain', true])
  expect(boardRows(spec, watch, 'web', first!)[0]?.status).toBe('up')
})

it('a server that is down is drained besides only where a person said so', () => {
  const watch = well()
  for (const { haproxy } of watch.states)
    for (const server of haproxy?.servers ?? [])
      if (server.backend === 'web' && server.server === 'pi-3')
        Object.assign(server, { status: 'down', ...(haproxy === watch.states[0]?.haproxy ? { drained: true } : {}) })
  const row = (holder: string) => boardRows(spec, watch, 'web', holder).find(({ server }) => server === 'pi-3')
  expect([row(first!)?.drained, row(second!)?.drained, row(first!)?.torn]).toEqual([true, false, true])
})

it('knows the last one that takes sessions, and a balancer that is silent', () => {
  const watch = well()
  watch.states.find(({ node }) => node === second)!.haproxy = null
  for (const server of watch.states.find(({ node }) => node === first)!.haproxy!.servers)
    if (server.backend === 'web' && server.server !== 'pi-3') server.status = 'down'
  const rows = boardRows(spec, watch, 'web', first!)
  expect(rows.filter(({ lastUp }) => lastUp).map(({ server }) => server)).toEqual(['pi-3'])
  expect(rows[0]?.sights[1]).toEqual({ balancer: second, server: null })
})

it('a replica that is no primary is no trouble', () => {
  expect([isTrouble('postgres-primary', 'down'), isTrouble('web', 'down'), isTrouble('web', 'up')]).toEqual([
    false,
    true,
    false,
  ])
})
