import { mkdir, mkdtemp, open, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { must } from '@bramble/process'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildPiImage, type PiImageInput } from '../../../test/pi-image.ts'
import { inspectImage } from './inspect.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bramble-inspect-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function rootOf(release: string): Promise<string> {
  const root = await mkdtemp(join(folder, 'root-'))
  await mkdir(join(root, 'usr/lib'), { recursive: true })
  await writeFile(join(root, 'usr/lib/os-release'), release)
  return root
}

const debian = (codename: string) =>
  `PRETTY_NAME="Debian GNU/Linux (${codename})"\nID=debian\nVERSION_CODENAME=${codename}\n`
const issue = (date: string) => `Raspberry Pi reference ${date}\nGenerated using pi-gen, stage2\n`

interface Case {
  what: string
  firstBoot: PiImageInput['firstBoot']
  release?: string
  boot?: Record<string, string>
  expected: [firstBoot: string, os: string]
}

test.each<Case>([
  {
    what: 'Trixie',
    firstBoot: 'cloud-init',
    release: debian('trixie'),
    expected: ['cloud-init', 'Raspberry Pi OS (trixie)'],
  },
  {
    what: 'Bookworm',
    firstBoot: 'firstrun',
    release: debian('bookworm'),
    expected: ['firstrun', 'Raspberry Pi OS (bookworm)'],
  },
  {
    what: 'the first Trixie, without cloud-init',
    firstBoot: 'none',
    release: debian('trixie'),
    boot: { 'issue.txt': issue('2025-10-01'), 'cmdline.txt': 'root=PARTUUID=x rootwait resize\n' },
    expected: ['firstrun', 'Raspberry Pi OS (trixie)'],
  },
  {
    what: 'Bullseye, which mounts the boot partition elsewhere',
    firstBoot: 'firstrun',
    release: debian('bullseye'),
    expected: ['unknown', 'Raspberry Pi OS (bullseye)'],
  },
  {
    what: 'one whose root says nothing',
    firstBoot: 'cloud-init',
    expected: ['cloud-init', 'Raspberry Pi OS (2026-10-06)'],
  },
  {
    what: 'Ubuntu',
    firstBoot: 'none',
    release: 'PRETTY_NAME="Ubuntu 26.04 LTS"\nVERSION_CODENAME=resolute\n',
    boot: { 'user-data': '#cloud-config\n', 'meta-data': 'instance-id: x\n' },
    expected: ['cloud-init', 'Ubuntu 26.04 LTS'],
  },
  {
    what: 'cloud-init by its kernel words alone',
    firstBoot: 'none',
    boot: { 'cmdline.txt': 'rootwait ds=nocloud;s=file:///boot/firmware/\n' },
    expected: ['cloud-init', ''],
  },
  {
    what: 'a system that takes no settings',
    firstBoot: 'none',
    release: debian('trixie'),
    expected: ['unknown', 'Debian GNU/Linux (trixie)'],
  },
])('$what', async ({ what, firstBoot, release, boot = {}, expected }) => {
  const file = join(folder, `${what.replaceAll(/\W+/g, '-')}.img`)
  const root = release === undefined ? {} : { root: await rootOf(release) }
  const built = await buildPiImage({ file, firstBoot, sizeMiB: 64, boot, ...root })
  const { size, boot: found, firstBoot: way, os } = await inspectImage(file)
  expect({ size, found, way, os }).toEqual({ size: built.size, found: built.boot, way: expected[0], os: expected[1] })
})

test('a GPT is read as well, and its types are not believed', async () => {
  const file = join(folder, 'gpt.img')
  const { boot, root } = await buildPiImage({
    file,
    firstBoot: 'cloud-init',
    sizeMiB: 64,
    root: await rootOf(debian('trixie')),
  })
  const lines = [
    'label: gpt',
    // A Linux type, as some builders write for the boot partition.
    `start=${boot.offset / 512}, size=${boot.length / 512}, type=0FC63DAF-8483-4772-8E79-3D69D8477DE4`,
    `start=${root.offset / 512}, size=${root.length / 512 - 2048}`,
  ]
  await must(['sfdisk', '--quiet', '--no-reread', '--no-tell-kernel', '--wipe', 'never', file], {
    stdin: `${lines.join('\n')}\n`,
  })
  expect(await inspectImage(file)).toEqual({
    size: 64 * 1024 * 1024,
    boot,
    firstBoot: 'cloud-init',
    os: 'Raspberry Pi OS (trixie)',
  })
})

test.each([
  ['zeros', Buffer.alloc(0)],
  ['a partition table of nonsense', Buffer.alloc(512, 0xff)],
  ['a GPT whose header is nonsense', gptOfNonsense()],
])('%s: no boot partition', async (what, head) => {
  head = Buffer.from(head)
  if (head.length > 0) head.writeUInt16LE(0xaa55, 510)
  const path = join(folder, `${what.replaceAll(' ', '-')}.img`)
  const file = await open(path, 'w')
  await file.write(head, 0, head.length, 0)
  await file.truncate(1024 * 1024)
  await file.close()
  expect(await inspectImage(path)).toEqual({ size: 1024 * 1024, boot: null, firstBoot: 'unknown', os: '' })
})

function gptOfNonsense(): Buffer {
  const head = Buffer.alloc(1024, 0xff)
  head[450] = 0xee
  head.write('EFI PART', 512, 'latin1')
  return head
}
