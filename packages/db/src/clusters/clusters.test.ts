import { expect, test } from 'vitest'
import { makeCluster, newCluster } from '../../test/clusters.ts'
import { useDatabase } from '../../test/database.ts'
import { prisma } from '../store/connection.ts'
import {
  claimProbe,
  createCluster,
  endProbe,
  getCluster,
  getProbe,
  listClusters,
  pinHostKey,
  recordSighting,
  requestProbe,
  setLogin,
  updateSpec,
} from './index.ts'

useDatabase()
const by = 'ada@example.org'

test('the spec comes out of the tables as it went in, with its defaults', async () => {
  const asked = newCluster()
  await createCluster(asked)
  const view = (await getCluster(asked.spec.name))!
  expect(view.spec).toMatchObject({
    ...asked.spec,
    preset: 'standard',
    synchronous: false,
    ssh: { user: 'pi', port: 22 },
  })
  expect(view.nodes.map((node) => [node.name, node.hasLogin, node.reachable])).toEqual([
    ['pi-1', true, null],
    ['pi-2', true, null],
    ['pi-3', true, null],
  ])
  expect((await listClusters()).find((cluster) => cluster.name === asked.spec.name)).toMatchObject({
    nodes: 3,
    lastRun: null,
  })
})

test('refuses what would not work, with the cure', async () => {
  const good = newCluster()
  await createCluster(good)
  type Asked = ReturnType<typeof newCluster>
  const wrong: Record<string, [code: string, change: (asked: Asked) => unknown]> = {
    'a name that is taken': ['cluster-exists', ({ spec }) => Object.assign(spec, { name: good.spec.name })],
    'a name that is none': ['spec-invalid', ({ spec }) => Object.assign(spec, { name: 'Not A Name' })],
    'one address twice': [
      'spec-invalid',
      ({ spec: { nodes } }) => Object.assign(nodes[1]!, { address: nodes[0]!.address }),
    ],
    'a Pi of another cluster': [
      'address-taken',
      ({ spec }) => Object.assign(spec.nodes[2]!, { address: good.spec.nodes[0]!.address }),
    ],
    'the VIP of another': ['address-taken', ({ spec }) => Object.assign(spec, { vip: good.spec.vip })],
    'no login': ['login-missing', ({ logins }) => Reflect.deleteProperty(logins, 'pi-2')],
    'no host key': ['host-key-missing', ({ spec }) => Reflect.deleteProperty(spec.nodes[0]!, 'hostKey')],
    'the VRRP id of another': ['vrid-taken', ({ spec }) => Object.assign(spec, { vrid: 51 })],
  }
  for (const [what, [code, change]] of Object.entries(wrong)) {
    const asked = newCluster()
    change(asked)
    await expect(createCluster(asked), what).rejects.toMatchObject({ code, cure: expect.stringMatching(/.+/) })
  }
})

test('clusters on one network get VRRP ids of their own, even when made at once', async () => {
  const names = await Promise.all([makeCluster(), makeCluster(), makeCluster()])
  const ids = await Promise.all(names.map(async (name) => (await getCluster(name))!.spec.vrid))
  expect(new Set(ids).size).toBe(3)
})

test('moving roles and adding a Pi keeps what is known of the others', async () => {
  const cluster = await makeCluster()
  const row = await prisma().cluster.findUniqueOrThrow({ where: { name: cluster } })
  await recordSighting(row.id, 'pi-1', { facts: { model: 'Raspberry Pi 4', memory: 1 } })
  await recordSighting(row.id, 'pi-2', { trouble: { code: 'unreachable', message: 'No.', cure: 'Plug it in.' } })
  const { spec } = (await getCluster(cluster))!
  const address = spec.nodes[0]!.address.replace(/11$/, '14')
  await updateSpec({
    cluster,
    spec: { ...spec, nodes: [...spec.nodes, { name: 'pi-4', address, roles: ['web'] }] },
    by,
  })
  const fingerprint = `SHA256:${'k'.repeat(43)}`
  await pinHostKey({ cluster, node: 'pi-4', fingerprint, by })
  await setLogin({ cluster, node: 'pi-4', login: { password: 'another' }, by })
  const nodes = (await getCluster(cluster))!.nodes
  expect(nodes.map((node) => [node.name, node.reachable, node.hasLogin, node.hostKey !== null])).toEqual([
    ['pi-1', true, true, true],
    ['pi-2', false, true, true],
    ['pi-3', null, true, true],
    ['pi-4', null, true, true],
  ])
  expect(nodes[0]?.facts).toEqual({ model: 'Raspberry Pi 4', memory: 1 })
  await expect(pinHostKey({ cluster, node: 'pi-9', fingerprint, by })).rejects.toMatchObject({ code: 'node-unknown' })
})

test('a probe keeps its password sealed, hands it to one worker, and forgets it', async () => {
  const asked = newCluster()
  const { address, hostKey } = asked.spec.nodes[0]!
  const id = await requestProbe({ address, user: 'pi', password: 'raspberry', hostKey, by })
  expect(await getProbe(id)).toMatchObject({ state: 'queued', trouble: null })
  const slow = (await claimProbe(id))!
  const probe = (await claimProbe(id))!
  expect(probe.login).toEqual({ password: 'raspberry' })
  await endProbe(slow, { trouble: { code: 'late', message: '', cure: '' } })
  expect((await getProbe(id))?.state).toBe('running')
  await endProbe(probe, { fingerprint: hostKey, machine: { model: 'Raspberry Pi 5' } })
  expect(await getProbe(id)).toMatchObject({
    state: 'succeeded',
    fingerprint: hostKey,
    machine: { model: 'Raspberry Pi 5' },
  })
  expect((await prisma().probe.findUniqueOrThrow({ where: { id } })).sealed).toBeNull()
  expect(await claimProbe(id)).toBeNull()

  await createCluster(asked)
  expect((await getCluster(asked.spec.name))!.nodes[0]).toMatchObject({
    facts: { model: 'Raspberry Pi 5' },
    reachable: true,
  })
  await expect(requestProbe({ address: '127.0.0.1', user: 'pi', password: 'x', by })).rejects.toMatchObject({
    code: 'probe-invalid',
  })
})

test('a probe takes no login before the host key was compared, and is claimed without one', async () => {
  const asked = { address: '10.9.200.2', user: 'pi', by }
  for (const login of [{ password: 'raspberry' }, { privateKey: 'a key' }])
    await expect(requestProbe({ ...asked, ...login })).rejects.toMatchObject({
      code: 'probe-invalid',
      message: expect.stringContaining('host key was compared'),
    })
  await expect(requestProbe({ ...asked, hostKey: `SHA256:${'h'.repeat(43)}` })).rejects.toMatchObject({
    code: 'probe-invalid',
  })
  const id = await requestProbe(asked)
  const probe = (await claimProbe(id))!
  expect(probe).toMatchObject({ login: null, hostKey: null })
  await endProbe(probe, { fingerprint: `SHA256:${'h'.repeat(43)}`, machine: null })
  expect(await getProbe(id)).toMatchObject({
    state: 'succeeded',
    machine: null,
    fingerprint: `SHA256:${'h'.repeat(43)}`,
  })
})

test('a probe that no worker takes says so', async () => {
  const id = await requestProbe({ address: '10.9.200.1', user: 'pi', by })
  await prisma().probe.update({ where: { id }, data: { createdAt: new Date(Date.now() - 60_000) } })
  expect(await getProbe(id)).toMatchObject({ state: 'failed', trouble: { code: 'no-worker' } })
})
