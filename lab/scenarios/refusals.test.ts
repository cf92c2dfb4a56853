/** What is wrong is said by name, with the cure, before anything is changed. */
import { readFileSync } from 'node:fs'
import { type ClusterSpec, nodesWith } from '@bramble/cluster'
import { apply, issueSecrets, openFleet, openSecrets, plan, probe, Secret, shownHostKey } from '@bramble/provision'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { powerOff, powerOn, reflash, status } from '../src/index.ts'
import { eventually, fleetOf, openStage, type Stage } from './stage.ts'

const minute = 60_000
let stage: Stage
beforeAll(async () => {
  stage = await openStage({ id: 33, nodes: 3 })
}, 10 * minute)
afterAll(() => stage?.close(), 2 * minute)

const lab = () => status({ id: stage.id })
const node = (name: string) => stage.spec.nodes.find((entry) => entry.name === name)!
const untouched = async (name: string) => expect(await stage.on(name, 'ls', '-A', '/var/lib')).not.toContain('bramble')

/** Plans a changed spec against the lab as it is. After wrong logins sshd refuses this address for a while. */
async function planOf(spec: ClusterSpec) {
  const secrets = openSecrets((await issueSecrets(spec, {}, new Date())).stored)
  const fleet = fleetOf(spec, secrets, await lab())
  try {
    const found = await eventually(90, async () => {
      const now = await plan({ spec, secrets, fleet })
      expect(now.nodes.map((entry) => entry.trouble)).toEqual(now.nodes.map(() => null))
      return now
    })
    return { found, applied: await applyOf(spec) }
  } finally {
    await fleet.close()
  }
}

async function applyOf(spec: ClusterSpec) {
  const secrets = openSecrets((await issueSecrets(spec, {}, new Date())).stored)
  const fleet = fleetOf(spec, secrets, await lab())
  try {
    return await apply({
      spec,
      secrets,
      fleet,
      approved: null,
      signal: new AbortController().signal,
      emit: () => undefined,
    }).catch((error: unknown) => error)
  } finally {
    await fleet.close()
  }
}

describe('refusals', () => {
  it(
    'tests a connection by password and by key, and shows the fingerprint',
    async () => {
      const { user, passwordFile, keyFile } = await lab()
      const password = new Secret(readFileSync(passwordFile, 'utf8').trim())
      const privateKey = new Secret(readFileSync(keyFile, 'utf8'))
      const { address } = node('pi-1')
      const hostKey = await shownHostKey(address, 22)
      expect(hostKey).toBe(node('pi-1').hostKey)
      for (const login of [
        { user, password },
        { user, privateKey },
      ]) {
        const found = await probe({ address, port: 22, logins: [login], hostKey })
        expect(found.fingerprint).toBe(hostKey)
        expect(found.machine).toMatchObject({ id: 'debian', codename: 'trixie', hostname: 'pi-1' })
        expect(found.machine.memory).toBeLessThanOrEqual(1024 ** 3)
      }
    },
    3 * minute,
  )

  it(
    'names a wrong password, a wrong user and a changed host key',
    async () => {
      const { address, hostKey: own } = node('pi-1')
      const hostKey = own!
      const wrong = new Secret('not-the-password')
      await expect(
        probe({ address, port: 22, logins: [{ user: 'pi', password: wrong }], hostKey }),
      ).rejects.toMatchObject({
        code: 'login-refused',
      })
      await expect(
        probe({ address, port: 22, logins: [{ user: 'nobody-here', password: wrong }], hostKey }),
      ).rejects.toMatchObject({ code: 'login-refused' })
      const other = node('pi-2').hostKey!
      await expect(
        probe({ address, port: 22, logins: [{ user: 'pi', password: wrong }], hostKey: other }),
      ).rejects.toMatchObject({ code: 'host-key-changed' })
    },
    3 * minute,
  )

  it(
    'refuses a virtual IP that a stranger answers, before anything is changed',
    async () => {
      await stage.on('pi-3', 'ip', 'address', 'add', '198.18.33.77/24', 'dev', 'eth0')
      const spec = {
        ...stage.spec,
        vip: '198.18.33.77',
        nodes: stage.spec.nodes.filter((entry) => entry.name !== 'pi-3'),
      }
      spec.nodes = spec.nodes.map((entry, i) =>
        i === 0 ? entry : { ...entry, roles: entry.roles.filter((role) => role !== 'etcd') },
      )
      try {
        const { found, applied } = await planOf(spec)
        expect(found.findings).toContainEqual(
          expect.objectContaining({ level: 'error', code: expect.stringContaining('vip') }),
        )
        expect(applied).toMatchObject({ code: 'preflight' })
        await untouched('pi-1')
      } finally {
        await stage.on('pi-3', 'ip', 'address', 'del', '198.18.33.77/24', 'dev', 'eth0')
      }
    },
    5 * minute,
  )

  it(
    'refuses a virtual IP outside the network of the balancers',
    async () => {
      const { found, applied } = await planOf({ ...stage.spec, vip: '198.18.99.100' })
      expect(found.findings).toContainEqual(
        expect.objectContaining({ level: 'error', code: expect.stringContaining('vip') }),
      )
      expect(applied).toMatchObject({ code: 'preflight' })
      await untouched('pi-1')
    },
    5 * minute,
  )

  it(
    'refuses a node that is no Debian, by facts of the node itself',
    async () => {
      await stage.on(
        'pi-2',
        'sh',
        '-c',
        'cp --remove-destination /usr/lib/os-release /etc/os-release; sed -i "s/^ID=.*/ID=fedora/" /etc/os-release',
      )
      try {
        const { found, applied } = await planOf(stage.spec)
        expect(found.findings).toContainEqual(expect.objectContaining({ level: 'error', node: 'pi-2' }))
        expect(applied).toMatchObject({ code: 'preflight' })
        await untouched('pi-2')
        await untouched('pi-1')
      } finally {
        await stage.on('pi-2', 'ln', '-sf', '../usr/lib/os-release', '/etc/os-release')
      }
    },
    5 * minute,
  )

  it(
    'builds nothing new while etcd voters are away, and says who',
    async () => {
      await powerOff({ id: stage.id, node: 'pi-2' })
      await powerOff({ id: stage.id, node: 'pi-3' })
      expect(nodesWith(stage.spec, 'etcd')).toHaveLength(3)
      try {
        await expect(stage.apply()).rejects.toMatchObject({
          code: 'preflight',
          message: expect.stringMatching(/pi-2 is unreachable.*pi-3 is unreachable/),
        })
        await untouched('pi-1')
      } finally {
        await powerOn({ id: stage.id, node: 'pi-2' })
        await powerOn({ id: stage.id, node: 'pi-3' })
      }
      await eventually(120, async () =>
        expect((await stage.plan()).nodes.every((entry) => entry.trouble === null)).toBe(true),
      )
    },
    8 * minute,
  )

  it(
    'stops at a node whose card was written anew: its host key is another one',
    async () => {
      await reflash({ id: stage.id, node: 'pi-3' })
      await eventually(120, async () => {
        const found = await stage.plan()
        expect(found.nodes.find((entry) => entry.node === 'pi-3')?.trouble).toMatchObject({ code: 'host-key-changed' })
      })
    },
    5 * minute,
  )

  it(
    'refuses a node whose key nobody pinned',
    async () => {
      const spec = { ...stage.spec, nodes: stage.spec.nodes.map(({ hostKey, ...entry }) => entry) }
      const fleet = openFleet({
        spec,
        logins: () => [{ user: 'pi', password: new Secret('x') }],
        hostKey: () => undefined,
      })
      await expect(fleet.connect(spec.nodes[0]!)).rejects.toMatchObject({
        code: 'host-key-unknown',
        cure: expect.stringContaining('SHA256:'),
      })
      await fleet.close()
    },
    minute,
  )
})
