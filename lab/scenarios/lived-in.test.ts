/** Pis that people have lived in: nothing of theirs is destroyed, nobody is locked out, and a command ends. */
import { chownSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type Plan, parseClusterFile } from '@bramble/cluster'
import { run } from '@bramble/process'
import { openFleet, Secret } from '@bramble/provision'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { layoutOf, nodeLayout } from '../src/host/layout.ts'
import { clusterYaml, reboot, status } from '../src/index.ts'
import { eventually, openStage, type Stage } from './stage.ts'

const minute = 60_000
const id = 72
const bramble = path.resolve(import.meta.dirname, '../../bramble')
let stage: Stage
let data: string
let file: string

/** A file of a node, from outside: so it can be set right also when nobody can sign in. */
const inside = (node: string, name: string) => path.join(nodeLayout(layoutOf(id), Number(node.slice(3))).root, name)
const now = (node: string, name: string) => readFileSync(inside(node, name))

const blocklist = Buffer.concat([
  Buffer.from('127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost\nff02::1\tip6-allnodes\n127.0.1.1\tpi-1\n'),
  Buffer.from('# caf\xe9, by Andr\xe9\n', 'latin1'),
  Buffer.from(Array.from({ length: 5_000 }, (_, n) => `0.0.0.0 ads-${n}.example.com\n`).join('')),
])
const keepalived = `# mine, since 2019
vrrp_instance garage {
  interface eth0
  virtual_router_id 12
  authentication {
    auth_type PASS
    auth_pass hunter2x
  }
  virtual_ipaddress {
    198.18.72.77/24
  }
}
`
const haproxy = 'global\n  daemon\ndefaults\n  timeout client 5s\nlisten mine\n  bind 127.0.0.1:8099\n'
const foreign = ['pi-1:/etc/haproxy/haproxy.cfg', 'pi-1:/etc/keepalived/keepalived.conf']

/** The command as a person runs it, with what it printed. It is killed, and the test fails, when it does not end. */
async function command(...words: string[]) {
  const result = await run([bramble, ...words, file, '--data', data], { timeout: 3 * minute })
  expect(result.code, 'the command did not end by itself').not.toBeNull()
  return result
}

beforeAll(async () => {
  stage = await openStage({ id, nodes: 3 })
  data = mkdtempSync(path.join(tmpdir(), 'lived-in-'))
  file = path.join(data, 'cluster.yaml')
  writeFileSync(file, clusterYaml(await status({ id })))
  writeFileSync(inside('pi-1', 'etc/hosts'), blocklist)
  writeFileSync(inside('pi-1', 'etc/keepalived/keepalived.conf'), keepalived, { mode: 0o640 })
  writeFileSync(inside('pi-1', 'etc/haproxy/haproxy.cfg'), haproxy)
  for (const node of ['pi-1', 'pi-2', 'pi-3'])
    for (const session of ['common-session', 'common-session-noninteractive']) {
      const pam = `etc/pam.d/${session}`
      writeFileSync(inside(node, pam), `${now(node, pam)}\nsession optional pam_umask.so umask=027\n`)
    }
}, 10 * minute)
afterAll(async () => {
  await stage?.close()
  if (data) rmSync(data, { recursive: true, force: true })
}, 2 * minute)

/** Another first line of a startup file; gives back how it was. */
function startup(node: string, text: string): () => void {
  const name = inside(node, 'home/pi/.bashrc')
  const before = readFileSync(name)
  writeFileSync(name, `${text}\n${before}`)
  chownSync(name, 1000, 1000)
  return () => writeFileSync(name, before)
}

describe('Pis that people have lived in', () => {
  it(
    'a login shell that ends is the trouble of its node, named, and the command ends',
    async () => {
      const undo = startup('pi-3', 'exit 0')
      try {
        const { code, stdout } = await command('plan')
        expect(code).toBe(1)
        expect(stdout).toMatch(/pi-3: The login shell of pi@\S+ ended .*before it ran a command.*\.bashrc/)
        expect(stdout).toMatch(/pi-2: \d+ of \d+ steps to do/)
      } finally {
        undo()
      }
    },
    5 * minute,
  )

  it(
    'a login shell that talks is not heard',
    async () => {
      startup('pi-1', 'echo hello; echo "sudo: python3 not found" >&2; trap "echo bye" EXIT')
      const found = await command('plan')
      expect(found.stdout).toMatch(/pi-1: \d+ of \d+ steps to do/)
      expect(found.stdout).not.toContain('Unexpected token')
    },
    5 * minute,
  )

  it(
    'names configuration of the user, and replaces none that was not accepted by name',
    async () => {
      const found = await stage.plan()
      const named = found.findings.filter(({ code }) => code === 'foreign-config')
      expect(named.map(({ level, accept }) => [level, accept])).toEqual(foreign.map((name) => ['error', name]))
      await expect(stage.apply({ replace: foreign.slice(0, 1) })).rejects.toMatchObject({ code: 'preflight' })
      expect(now('pi-1', 'etc/keepalived/keepalived.conf').toString()).toBe(keepalived)
      const put = putOf(found, 'pi-1', '/etc/keepalived/keepalived.conf')
      expect(put.kept).toBe('/var/lib/bramble/kept/etc/keepalived/keepalived.conf')
      expect(put.diff).toMatch(/^-.*198\.18\.72\.77\/24$/m)
      expect(put.diff).not.toContain('hunter2x')
      expect(putOf(found, 'pi-1', '/etc/haproxy/haproxy.cfg').diff).toMatch(/^-listen mine$/m)
      // What Debian's package brought is nobody's own.
      expect(named.filter(({ node }) => node !== 'pi-1')).toEqual([])
      const hosts = putOf(found, 'pi-1', '/etc/hosts').diff!.split('\n')
      expect(hosts.filter((line) => /^-[^-]/.test(line))).toEqual([])
      expect(hosts.filter((line) => /^\+[^+]/.test(line)).length).toBe(5)
    },
    5 * minute,
  )

  it(
    'leaves passwords on where its key does not open the Pi, and says why',
    async () => {
      await stage.on('pi-3', 'chmod', '777', '/home/pi')
      const { password, outcome } = await byPassword()
      const pi3 = outcome.nodes.find(({ node }) => node === 'pi-3')!
      expect(pi3).toMatchObject({
        outcome: 'failed',
        message: expect.stringMatching(/password login stays enabled: \/home\/pi has mode 777/),
      })
      expect(pi3.message).toContain('sudo chmod go-w /home/pi')
      await password.exec(['chmod', '755', '/home/pi'], { as: 'root' })
    },
    10 * minute,
  )

  it(
    'keeps everything of the user, and the cluster is built under a strict umask',
    async () => {
      const { outcome } = await stage.apply({ replace: foreign })
      expect(outcome).toMatchObject({ status: 'succeeded' })
      const hosts = now('pi-1', 'etc/hosts')
      expect(hosts.includes(blocklist.subarray(blocklist.indexOf('# caf')))).toBe(true)
      for (const line of ['::1\tlocalhost ip6-localhost\n', 'ff02::1\tip6-allnodes\n', '127.0.1.1\tpi-1\n'])
        expect(hosts.includes(line)).toBe(true)
      const kept = (name: string) => now('pi-1', `var/lib/bramble/kept/${name}`)
      expect(kept('etc/hosts').equals(blocklist)).toBe(true)
      expect(kept('etc/keepalived/keepalived.conf').toString()).toBe(keepalived)
      expect(kept('etc/haproxy/haproxy.cfg').toString()).toBe(haproxy)
      const mode = await stage.on('pi-1', 'stat', '-c', '%a %U', '/var/lib/bramble/kept/etc/keepalived/keepalived.conf')
      expect(mode.trim()).toBe('640 root')
      for (const node of ['pi-1', 'pi-2', 'pi-3'])
        expect(await stage.on(node, 'stat', '-c', '%a %U:%G', '/etc/bramble')).toBe('755 root:root\n')
      await stage.allCopies()
    },
    15 * minute,
  )

  it(
    'a second apply finds nothing to do, also after a boot on which cloud-init named the Pi again',
    async () => {
      await stage.on('pi-2', 'sh', '-c', 'printf "127.0.1.1 pi-2 pi-2\\n" >> /etc/hosts')
      await reboot({ id, node: 'pi-2' })
      await stage.allCopies()
      await eventually(120, async () => {
        const found = await stage.plan()
        expect(found.nodes.map(({ trouble }) => trouble)).toEqual([null, null, null])
        expect(found).toMatchObject({ changes: 0, findings: [] })
      })
    },
    8 * minute,
  )

  it(
    'sees and repairs the mode of a folder of its own',
    async () => {
      await stage.on('pi-3', 'chmod', '750', '/etc/bramble')
      const found = await stage.plan()
      const steps = found.nodes.find(({ node }) => node === 'pi-3')!.steps!.filter(({ verdict }) => verdict === 'todo')
      expect(steps.map(({ because }) => because).join()).toContain('/etc/bramble is 750 root:root, not 755 root:root')
      expect((await stage.apply()).outcome.status).toBe('succeeded')
      expect(await stage.on('pi-3', 'stat', '-c', '%a', '/etc/bramble')).toBe('755\n')
    },
    10 * minute,
  )

  it(
    'a Pi that prints without end is cut off, and the others are told all the same',
    async () => {
      const undo = startup('pi-3', 'yes')
      try {
        const found = await stage.plan()
        expect(found.nodes.find(({ node }) => node === 'pi-3')?.trouble).toMatchObject({ code: 'output-too-large' })
        expect(found.nodes.find(({ node }) => node === 'pi-1')?.trouble).toBeNull()
      } finally {
        undo()
      }
    },
    5 * minute,
  )
})

function putOf(plan: Plan, node: string, name: string) {
  const steps = plan.nodes.find((entry) => entry.node === node)?.steps ?? []
  for (const action of steps.flatMap(({ actions }) => actions))
    if (action.kind === 'put' && action.path === name) return action
  throw new Error(`${node} is not to get ${name}`)
}

/** An apply as a person does it who has only the password, and a connection by it that stays. */
async function byPassword() {
  const lab = await status({ id })
  const spec = parseClusterFile(clusterYaml(lab)).spec!
  const { user } = spec.ssh
  const login = { user, password: new Secret(readFileSync(lab.passwordFile, 'utf8').trim()) }
  const fleet = openFleet({ spec, logins: () => [login], hostKey: (node) => node.hostKey })
  const before = await fleet.connect(spec.nodes[2]!)
  await before.exec(['true'])
  // Only what comes before the roles is of interest: pi-3 alone, and it stops there.
  const applied = await stage.apply({ fleet, only: ['pi-3'], replace: foreign })
  const after = openFleet({ spec, logins: () => [login], hostKey: (node) => node.hostKey })
  const password = await after.connect(spec.nodes[2]!)
  return { password, outcome: applied.outcome }
}
