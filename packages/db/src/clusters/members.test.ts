import { expect, test } from 'vitest'
import * as db from '../../test/all.ts'
import { makeCluster } from '../../test/clusters.ts'
import { useDatabase } from '../../test/database.ts'

useDatabase()
const by = 'ada@example.org'
const key = `SHA256:${'k'.repeat(43)}`
const login = { password: 'typed' }

async function fresh() {
  const cluster = await makeCluster()
  const { spec } = (await db.getCluster(cluster))!
  const id = (await db.prisma().cluster.findUniqueOrThrow({ where: { name: cluster } })).id
  return { cluster, spec, id }
}

test('a Pi is added with its key, its login and proposed roles', async () => {
  const { cluster, spec, id } = await fresh()
  const address = spec.nodes[0]!.address.replace(/\d+$/, '14')
  await db.addNode({ cluster, node: { name: 'pi-4', address, hostKey: key, login }, by })
  const view = (await db.getCluster(cluster))!
  expect(view.spec.nodes.at(-1)).toEqual({ name: 'pi-4', address, hostKey: key, roles: ['web'] })
  expect(await db.nodeLogins(id)).toMatchObject({ 'pi-4': login })
})

test('a Pi is not added under a name or an address that is taken, nor with a key that nobody can sign in for', async () => {
  const { cluster, spec } = await fresh()
  const { address } = spec.nodes[0]!
  const free = address.replace(/\d+$/, '14')
  const add = (node: db.ArrivingNode) => db.addNode({ cluster, node, by })
  await expect(add({ name: 'pi-1', address: free })).rejects.toMatchObject({ code: 'node-exists' })
  await expect(add({ name: 'pi-4', address })).rejects.toMatchObject({ code: 'spec-invalid' })
  await expect(add({ name: 'pi 4', address: free })).rejects.toMatchObject({ code: 'node-invalid' })
  await expect(add({ name: 'pi-4', address: free, hostKey: key })).rejects.toMatchObject({ code: 'login-missing' })
  expect((await db.getCluster(cluster))!.spec).toEqual(spec)
})

test('a Pi that is removed gives its roles away and stays in the list until a run has succeeded', async () => {
  const { cluster, spec, id } = await fresh()
  const address = spec.nodes[0]!.address.replace(/\d+$/, '14')
  await db.addNode({ cluster, node: { name: 'pi-4', address, hostKey: key, login }, by })
  const remove = (typed: string) => db.removeNode({ cluster, node: 'pi-2', typed, by })
  await expect(remove('pi-3')).rejects.toMatchObject({ code: 'not-confirmed' })
  await remove('pi-2')
  const view = (await db.getCluster(cluster))!
  expect(view.spec.nodes.find(({ name }) => name === 'pi-2')).toMatchObject({ roles: [], leaving: true })
  expect(view.spec.nodes.filter(({ roles }) => roles.includes('etcd'))).toHaveLength(3)
  await db.forgetLeft(id, ['pi-2', 'pi-3'])
  expect((await db.getCluster(cluster))!.spec.nodes.map(({ name }) => name)).toEqual(['pi-1', 'pi-3', 'pi-4'])
})

test('a Pi that is replaced keeps its name and roles, and nothing of the old one is accepted any more', async () => {
  const { cluster, spec, id } = await fresh()
  await db.storeIssuedSecrets(id, { 'leaf.pi-2.key': 'old', 'leaf.pi-3.key': 'kept' })
  const address = spec.nodes[0]!.address.replace(/\d+$/, '22')
  const replace = (typed: string, node: db.ArrivingNode) => db.replaceNode({ cluster, node, typed, by })
  await expect(replace('pi-1', { name: 'pi-2', address })).rejects.toMatchObject({ code: 'not-confirmed' })
  await expect(replace('pi-9', { name: 'pi-9', address })).rejects.toMatchObject({ code: 'node-unknown' })
  expect((await db.getCluster(cluster))!.spec).toEqual(spec)
  await replace('pi-2', { name: 'pi-2', address, hostKey: key, login: { password: 'new' } })
  const { nodes } = (await db.getCluster(cluster))!.spec
  expect(nodes[1]).toEqual({ ...spec.nodes[1], address, hostKey: key })
  expect([nodes[0], nodes[2]]).toEqual([spec.nodes[0], spec.nodes[2]])
  expect(Object.keys(await db.issuedSecrets(id))).toEqual(['leaf.pi-3.key'])
  expect(await db.nodeLogins(id)).toMatchObject({ 'pi-2': { password: 'new' } })
  await replace('pi-2', { name: 'pi-2', address })
  expect((await db.getCluster(cluster))!.spec.nodes[1]).not.toHaveProperty('hostKey')
  await expect(db.requestRun({ cluster, request: { kind: 'plan' }, by })).rejects.toMatchObject({
    code: 'host-key-missing',
  })
})

test.each(['shutdown', 'recover-quorum', 'reset-password'])(
  '%s is taken only when the name of the cluster was typed',
  async (kind) => {
    const { cluster } = await fresh()
    const ask = (typed?: string) => db.requestOperation({ cluster, operation: { kind }, typed, by })
    await expect(ask()).rejects.toMatchObject({ code: 'not-confirmed' })
    await expect(ask('pi-1')).rejects.toMatchObject({ code: 'not-confirmed' })
    expect(await ask(cluster)).toMatch(/^[0-9a-f-]{36}$/)
  },
)

test('a password that people set is kept sealed, one that cannot stand in every file is refused', async () => {
  const { cluster } = await fresh()
  const keep = (password: string) => db.keepPassword({ cluster, password, by })
  await expect(keep('')).rejects.toMatchObject({ code: 'password-invalid' })
  await expect(keep('two\nlines')).rejects.toMatchObject({ code: 'password-invalid' })
  await keep("it's theirs")
  const { id } = await db.prisma().cluster.findUniqueOrThrow({ where: { name: cluster } })
  expect((await db.issuedSecrets(id)).application).toBe("it's theirs")
})
