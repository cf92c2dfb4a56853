/** The configuration of crun for a container, and the unit that starts it. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { must, run } from '@bramble/process'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { appUnit } from '../units.ts'
import { imageLauncher } from './index.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'bramble-rootfs-'))
  mkdirSync(join(root, 'etc'))
  writeFileSync(join(root, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\nwww:x:33:34:www:/srv/www:/bin/sh\n')
  writeFileSync(join(root, 'etc/group'), 'root:x:0:\nwww:x:34:\nextra:x:50:other,www\n')
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

const program = `${imageLauncher.slice(0, imageLauncher.indexOf("if __name__ == '__main__'"))}\n`
const python = async (code: string, ...words: string[]) =>
  JSON.parse(await must(['python3', '-I', '-c', program + code, ...words])) as unknown

it.each([
  ['', [0, 0, [], '/root']],
  ['www', [33, 34, [50], '/srv/www']],
  ['33', [33, 34, [50], '/srv/www']],
  ['www:extra', [33, 50, [], '/srv/www']],
  ['1000:2000', [1000, 2000, [], '/']],
])('the user "%s" of an image is found in its own tables', async (user, ids) => {
  expect(await python('print(json.dumps(identity_of(sys.argv[1], sys.argv[2])))', root, user)).toEqual(ids)
})

it('a user that the image does not have ends the start with the reason', async () => {
  const end = await run(['python3', '-I', '-c', `${program}identity_of(sys.argv[1], 'nobody2')`, root])
  expect([end.code, end.stderr.trim()]).toEqual([
    1,
    'The image runs as the user "nobody2", and its /etc/passwd does not have it.',
  ])
})

it('its environment is that of the image, over it that of the app, and nothing of systemd', async () => {
  const given = {
    A: 'ü "x"\ntwo',
    PATH: '/systemd',
    LANG: 'C',
    INVOCATION_ID: 'x',
    JOURNAL_STREAM: '1:2',
    PORT: '20000',
    HOME: '/x',
  }
  const code = (own: string) =>
    `print(json.dumps(environment_of(dict(environment=['A=image', 'B=2=3', 'PATH=/image']), ${JSON.stringify(given)}, ${own}, '/home', 80)))`
  expect(await python(code('[]'))).toEqual(['A=ü "x"\ntwo', 'B=2=3', 'PATH=/image', 'HOME=/home', 'PORT=80'])
  expect(await python(code("['PATH']"))).toContain('PATH=/systemd')
  const file = join(root, 'environment')
  writeFileSync(file, 'A="one\nPATH=\\"no\\"\n"\nLANG="de"\n')
  expect(await python('print(json.dumps(own_values(sys.argv[1])))', file)).toEqual(['LANG'])
})

it('a command of the user replaces entrypoint and command, with a shell where the image has one', async () => {
  const words = (command: string) =>
    python(
      `print(json.dumps(arguments(dict(entrypoint=['/e'], command=['c']), sys.argv[2], sys.argv[1])))`,
      root,
      command,
    )
  expect(await words('')).toEqual(['/e', 'c'])
  expect(await words("serve 'a b'")).toEqual(['serve', 'a b'])
  mkdirSync(join(root, 'bin'))
  writeFileSync(join(root, 'bin/sh'), '')
  expect(await words('echo $A')).toEqual(['/bin/sh', '-c', 'echo $A'])
})

it('the container gets no new privileges, no dangerous capability, and no further namespace', async () => {
  const config = (await python(
    `print(json.dumps(configuration(dict(folder='/srv'), ['x'], (33, 34, [50], '/'), ['A=b'], 'shop-web')))`,
  )) as {
    process: { capabilities: Record<string, string[]>; noNewPrivileges: boolean; cwd: string }
    linux: { seccomp: { syscalls: { names: string[]; errnoRet: number; args?: { value: number }[] }[] } }
  }
  expect(config.process).toMatchObject({ noNewPrivileges: true, cwd: '/srv', user: { uid: 33, gid: 34 } })
  expect(config.process.capabilities.bounding).not.toEqual(
    expect.arrayContaining([expect.stringMatching(/SYS_ADMIN|NET_ADMIN|NET_RAW|MKNOD|SYS_PTRACE|DAC_READ_SEARCH/)]),
  )
  const { syscalls } = config.linux.seccomp
  expect(syscalls[0]!.names).toEqual(expect.arrayContaining(['unshare', 'setns', 'mount', 'bpf', 'keyctl']))
  // CLONE_NEWUSER among them.
  expect(syscalls.flatMap(({ args = [] }) => args.map(({ value }) => value))).toContain(0x10000000)
})

it('the ids of two apps never overlap, and none is a user of the node', async () => {
  const maps = (await python('print(json.dumps([id_map(700), id_map(701), id_map(899)]))')) as string[]
  const ranges = maps.map((map) => map.trim().split('\n').at(-1)!.split(' ').map(Number))
  expect(ranges[0]![1]! + ranges[0]![2]!).toBeLessThanOrEqual(ranges[1]![1]!)
  for (const [, from, count] of ranges) {
    expect(from).toBeGreaterThan(1_879_048_191)
    expect(from! + count!).toBeLessThan(2 ** 31)
  }
})

it('the unit of an image keeps the limits of other apps', () => {
  const given = {
    app: { name: 'shop' },
    slot: 'a' as const,
    release: 'a'.repeat(64),
    environment: 'b'.repeat(64),
    port: 20_000,
  }
  const unit = appUnit({ ...given, kind: 'image', memory: 128 })
  const plain = appUnit({ ...given, memory: 128 })
  for (const line of [
    'MemoryMax=128M',
    'TasksMax=256',
    'NoNewPrivileges=yes',
    'ProtectSystem=strict',
    'Slice=bramble-apps.slice',
  ])
    for (const text of [unit, plain]) expect(text.split('\n')).toContain(line)
  expect(unit).toMatch(/^ExecStart=\/usr\/local\/lib\/bramble\/app-image \S+\/slots\/a.json %i \S+$/m)
  expect(unit).not.toMatch(/^(User|RestrictNamespaces|ProtectKernelTunables|StateDirectory)=|\{\w+\}/m)
  expect(
    unit.match(/^(\w+)=/gm)?.filter((key) => /^(SystemCallFilter|CapabilityBoundingSet|UMask)=/.test(key)),
  ).toHaveLength(3)
})
