/** The lab itself: what a virtual Pi does when it is treated as people treat Pis, and that nothing is left when it ends. */
import { access, mkdir, mkdtemp, readdir, readFile, rm, rmdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as lab from '@bramble/lab'
import { run } from '@bramble/process'
import { probe, Secret, shownHostKey } from '@bramble/provision'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startFakeCard } from '../src/cards/fake-card.ts'
import { layoutOf, nodeLayout } from '../src/host/layout.ts'
import { hierarchies, processesIn } from '../src/nodes/cgroups.ts'

const id = 200
const layout = layoutOf(id)
const seconds = 1_000
let started: lab.LabStatus

beforeAll(async () => {
  await lab.down({ id })
  started = await lab.up({ id, nodes: 2, golden: false })
})
afterAll(() => lab.down({ id }))

/** Runs a command on a node over SSH; its words, or null when the node cannot be reached. */
async function on(node: string, argv: string[], timeout = 60 * seconds): Promise<string | null> {
  const ssh = await lab.sshCommand({ id, node })
  const [tool, ...rest] = ssh.slice(ssh.indexOf('ssh'))
  const inside = ssh.slice(0, ssh.indexOf('ssh'))
  const result = await run([...inside, tool!, '-o', 'BatchMode=yes', '-o', 'ConnectTimeout=15', ...rest, ...argv], {
    timeout,
  })
  return result.code === 0 ? result.stdout.trim() : null
}

const bootOf = (node: string) => on(node, ['cat', '/proc/sys/kernel/random/boot_id'])
const stateOf = async (node: string) => (await lab.status({ id })).nodes.find(({ name }) => name === node)?.state
const addressOf = (node: string) => started.nodes.find(({ name }) => name === node)!.address

describe('a lab of two nodes', () => {
  it('is what was asked for', async () => {
    expect(started).toMatchObject({ id, running: true, release: 'trixie', golden: false, vip: '198.18.200.100' })
    expect(started.nodes.map(({ name, state }) => [name, state])).toEqual([
      ['pi-1', 'on'],
      ['pi-2', 'on'],
    ])
    expect(await on('pi-1', ['hostname'])).toBe('pi-1')
    expect(await on('pi-1', ['cat', '/sys/class/net/eth0/address'])).toBe('dc:a6:32:00:c8:01')
    expect(await on('pi-1', ['systemctl', 'is-system-running', '--wait'])).toBe('running')
    expect(await on('pi-1', ['sudo', '-n', 'id', '-u'])).toBe('0')
    expect(await on('pi-1', ['grep', 'MemTotal', '/proc/meminfo'])).toMatch(/ 1048576 kB$/)
    expect(await on('pi-1', ['cat', '/etc/machine-id'])).not.toBe(await on('pi-2', ['cat', '/etc/machine-id']))
  })

  it('lets in who has the key and who has the password, and nobody else', async () => {
    const privateKey = new Secret(await readFile(started.keyFile, 'utf8'))
    const password = new Secret((await readFile(started.passwordFile, 'utf8')).trim())
    const address = addressOf('pi-1')
    const door = { address, port: 22, hostKey: await shownHostKey(address, 22) }
    const byKey = await probe({ ...door, logins: [{ user: 'pi', privateKey }] })
    expect(byKey.fingerprint).toBe(started.nodes[0]?.hostKey)
    expect(byKey.machine.id).toBe('debian')
    expect((await probe({ ...door, logins: [{ user: 'pi', password }] })).fingerprint).toBe(byKey.fingerprint)
    const wrong = { user: 'pi', password: new Secret('raspberry') }
    await expect(probe({ ...door, logins: [wrong] })).rejects.toMatchObject({ code: 'login-refused' })
  })

  it('keeps its memory limit', async () => {
    const eat = (megabytes: number) => on('pi-1', ['python3', '-c', `'b=bytearray(${megabytes}*2**20)'`])
    expect(await eat(500)).toBe('')
    expect(await eat(1300)).toBeNull()
    expect(await on('pi-1', ['true'])).toBe('')
  })

  it('has a fair share of the processor while this machine works on something else', async () => {
    const share = ({ mount, version }: (typeof all)[number]) =>
      version === 2
        ? ([`${mount}/bramble-lab/cpu.weight`, 100] as const)
        : ([`${mount}/bramble-lab/cpu.shares`, 1024] as const)
    const all = (await hierarchies()).filter(({ version, controllers }) => version === 2 || controllers.includes('cpu'))
    const shares = await Promise.all(
      all.map(async (hierarchy) => {
        const [file, one] = share(hierarchy)
        return Number(await readFile(file, 'utf8').catch(() => 0)) / one
      }),
    )
    expect(Math.max(...shares)).toBe(2)
  })

  it('has no way out but to the package cache', async () => {
    expect(await on('pi-1', ['ip', '-4', 'route', 'show', 'default'])).toBe('')
    expect(await on('pi-1', ['ping', '-c1', '-W15', addressOf('pi-2')])).not.toBeNull()
  })

  it('installs packages through the cache, on both at once', async () => {
    const install = 'sudo apt-get -q update && sudo apt-get -q install -y --no-install-recommends tree'
    const done = await Promise.all(
      ['pi-1', 'pi-2'].map((node) => on(node, [`${install} && tree --version`], 240 * seconds)),
    )
    for (const text of done) expect(text).toMatch(/tree v\d/)
  }, 300_000)

  it('forgets nothing but its memory when the plug is pulled', async () => {
    const boot = await bootOf('pi-1')
    await on('pi-1', ['sh', '-c', "'date > kept; sync; date > /run/user/1000/lost'"])
    await lab.powerOff({ id, node: 'pi-1' })
    expect(await stateOf('pi-1')).toBe('off')
    expect(await processesIn(nodeLayout(layout, 1).cgroup)).toEqual([])
    expect(await on('pi-1', ['true'])).toBeNull()
    await lab.powerOn({ id, node: 'pi-1' })
    expect(await stateOf('pi-1')).toBe('on')
    expect(await bootOf('pi-1')).not.toBe(boot)
    expect(await on('pi-1', ['ls', 'kept', '/usr/bin/tree'])).not.toBeNull()
    expect(await on('pi-1', ['ls', '/run/user/1000/lost'])).toBeNull()
  })

  it('reboots, asked by the lab or by itself', async () => {
    const first = await bootOf('pi-2')
    await lab.reboot({ id, node: 'pi-2' })
    const second = await bootOf('pi-2')
    expect(second).not.toBe(first)
    await on('pi-2', ['sudo', 'systemctl', 'reboot'])
    await expect
      .poll(() => bootOf('pi-2').then((boot) => boot !== null && boot !== second), { timeout: 120_000 })
      .toBe(true)
  })

  it('is off after a shutdown of its own', async () => {
    await on('pi-2', ['sudo', 'systemctl', 'poweroff'])
    await expect.poll(() => stateOf('pi-2'), { timeout: 120_000 }).toBe('off')
    await lab.powerOn({ id, node: 'pi-2' })
    expect(await on('pi-2', ['hostname'])).toBe('pi-2')
  })

  it('runs on while its network cable is pulled', async () => {
    const boot = await bootOf('pi-1')
    await lab.cut({ id, node: 'pi-1' })
    expect(await stateOf('pi-1')).toBe('cut')
    expect(await on('pi-1', ['true'])).toBeNull()
    expect(await on('pi-2', ['ping', '-c1', '-W2', addressOf('pi-1')])).toBeNull()
    await lab.heal({ id, node: 'pi-1' })
    expect(await stateOf('pi-1')).toBe('on')
    expect(await bootOf('pi-1')).toBe(boot)
  })

  it('comes from the factory after a re-flash, with host keys of its own', async () => {
    const before = (await lab.status({ id })).nodes[0]?.hostKey
    const after = (await lab.reflash({ id, node: 'pi-1' })).nodes[0]?.hostKey
    expect(after).toMatch(/^SHA256:/)
    expect(after).not.toBe(before)
    expect(await on('pi-1', ['ls', 'kept'])).toBeNull()
    expect(await on('pi-1', ['ls', '/usr/bin/tree'])).toBeNull()
    expect(await readFile((await lab.status({ id })).clusterFile, 'utf8')).toContain(after)
  })

  it('survives the death of its supervisor: nodes run on, and `up` takes them over', async () => {
    const boots = await Promise.all(['pi-1', 'pi-2'].map(bootOf))
    process.kill(Number(await readFile(`${layout.runtime}/supervisor.pid`, 'utf8')), 'SIGKILL')
    await expect.poll(async () => (await lab.status({ id })).running, { timeout: 60_000 }).toBe(false)
    expect(await stateOf('pi-1')).toBe('on')
    const again = await lab.up({ id, nodes: 2 })
    expect(again).toMatchObject({ running: true })
    expect(await Promise.all(['pi-1', 'pi-2'].map(bootOf))).toEqual(boots)
    await lab.reboot({ id, node: 'pi-2' })
    expect(await bootOf('pi-2')).not.toBe(boots[1])
  })

  it('holds on to no card that was in a reader of this machine when it booted', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'bramble-lab-card-'))
    const card = await startFakeCard({ file: join(folder, 'card.img'), size: 64 * 2 ** 20 })
    try {
      await lab.reboot({ id, node: 'pi-2' })
      const processes = await processesIn(nodeLayout(layout, 2).cgroup)
      expect(processes.length).toBeGreaterThan(3)
      for (const pid of processes)
        expect(await readFile(`/proc/${pid}/mounts`, 'utf8').catch(() => '')).not.toContain(folder)
    } finally {
      await card.stop()
      await rm(folder, { recursive: true, force: true })
    }
  })

  it('names what it cannot do', async () => {
    await expect(lab.powerOff({ id, node: 'pi-9' })).rejects.toMatchObject({ code: 'lab-no-node' })
    await expect(lab.up({ id, nodes: 2, release: 'bookworm' })).rejects.toMatchObject({ code: 'lab-differs' })
    await expect(lab.up({ id, nodes: 0 })).rejects.toMatchObject({ code: 'lab-size' })
    await expect(lab.up({ id: 300 })).rejects.toMatchObject({ code: 'lab-id' })
    await lab.powerOff({ id, node: 'pi-2' })
    await expect(lab.cut({ id, node: 'pi-2' })).rejects.toMatchObject({ code: 'lab-node-off' })
  })
})

describe('the end of a lab', () => {
  it('leaves another lab alone and nothing of its own', async () => {
    const other = id + 1
    // As those of a node of the other lab that is about to boot, or of a service that it is about to start.
    const waiting = (await hierarchies()).map(({ mount }) => `${mount}/bramble-lab/${other}/pi-2`)
    try {
      await lab.up({ id: other, nodes: 1, golden: false })
      for (const folder of waiting) await mkdir(folder)
      await lab.down({ id })
      for (const folder of waiting) await access(folder)
      for (const folder of waiting) await rmdir(folder)
      expect(await lab.status({ id })).toMatchObject({ running: false, nodes: [] })
      expect((await lab.status({ id: other })).nodes).toMatchObject([{ name: 'pi-1', state: 'on' }])
      const argv = await lab.sshCommand({ id: other, node: 'pi-1' })
      expect((await run([...argv, 'hostname'], { timeout: 60_000 })).stdout.trim()).toBe('pi-1')

      const mounts = await readFile('/proc/self/mounts', 'utf8')
      expect(
        mounts.split('\n').filter((line) => line.includes(`${layout.state}/`) || line.includes(`${layout.namespace} `)),
      ).toEqual([])
      const namespaces = await readdir('/run/netns').catch((): string[] => [])
      expect(namespaces.filter((name) => name === layout.namespace || name.startsWith(`${layout.namespace}-`))).toEqual(
        [],
      )
      for (const { mount } of await hierarchies())
        await expect(access(`${mount}/bramble-lab/${id}`)).rejects.toMatchObject({ code: 'ENOENT' })
      for (const folder of [layout.state, layout.runtime])
        await expect(access(folder)).rejects.toMatchObject({ code: 'ENOENT' })
      expect(await commandsNaming(layout.namespace)).toEqual([])
      expect(await commandsNaming(`-main.ts\0${id}\0`)).toEqual([])
    } finally {
      await lab.down({ id: other })
    }
  })
})

async function commandsNaming(text: string): Promise<string[]> {
  const processes = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const commands = await Promise.all(processes.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')))
  return commands.filter((command) => command.includes(text))
}
