/**
 * What an image holds, and how it takes its first settings. As Raspberry Pi OS publishes them:
 * - Trixie from November 2025 on (`init_format` cloudinit-rpi): `user-data`, `meta-data` (`instance_id: rpios-image`)
 *   and `network-config` lie on the boot partition; cmdline.txt has `resize` and no `ds=` until someone adds one.
 * - Bookworm, and the first Trixie of October 2025 (`init_format` systemd): none of those files. Bookworm's cmdline.txt
 *   has `init=/usr/lib/raspberrypi-sys-mods/firstboot`. A script named by `systemd.run=` is run at first boot.
 * Both: issue.txt begins with `Raspberry Pi reference <date>` and names pi-gen; the release's name is in the root's
 * os-release. Releases before Bookworm mount the boot partition elsewhere, so their way is not offered.
 */
import { open } from 'node:fs/promises'
import type { FirstBoot } from '@bramble/cluster'
import { run } from '@bramble/process'
import { Trouble } from '../../engine/types.ts'
import type { BootPartition, ByteRange } from '../types.ts'
import { isExt, isFat, readPartitions } from './partitions.ts'

export interface Inspection {
  /** Bytes. */
  size: number
  boot: BootPartition | null
  firstBoot: FirstBoot
  /** `Raspberry Pi OS (trixie)`; empty when it does not say. */
  os: string
}

/**
 * `file`: an unpacked image. Reads with mtools (Trouble program-missing) and debugfs; without debugfs the release's
 * name stays unknown.
 */
export async function inspectImage(file: string): Promise<Inspection> {
  const { size, boot, root } = await layoutOf(file)
  if (!boot) return { size, boot: null, firstBoot: 'unknown', os: '' }
  const files = await bootFiles(file, boot)
  const release = root ? await osRelease(file, root) : new Map<string, string>()
  return { size, boot, firstBoot: firstBootOf(files, release), os: osOf(files, release) }
}

async function layoutOf(file: string): Promise<{ size: number; boot: BootPartition | null; root: ByteRange | null }> {
  const image = await open(file, 'r')
  try {
    const { size } = await image.stat()
    let boot: BootPartition | null = null
    let root: ByteRange | null = null
    for (const partition of await readPartitions(image)) {
      if (!boot && (await isFat(image, partition))) boot = { offset: partition.offset, length: partition.length }
      else if (!root && (await isExt(image, partition))) root = partition
    }
    return { size, boot, root }
  } finally {
    await image.close()
  }
}

interface BootFiles {
  names: ReadonlySet<string>
  cmdline: string
  issue: string
}

/** No settings of the user change how mtools reads; the geometry in an image need not fit its file. */
const mtools = { env: { MTOOLSRC: '/dev/null', MTOOLS_SKIP_CHECK: '1', MTOOLS_LOWER_CASE: '1' } }

async function bootFiles(file: string, { offset }: BootPartition): Promise<BootFiles> {
  const drive = `${file}@@${offset}`
  const listing = await run(['mdir', '-b', '-i', drive, '::'], mtools).catch((cause) => {
    throw new Trouble('program-missing', 'mdir is not installed here.', 'Install it: apt install mtools', { cause })
  })
  const names = new Set(
    listing.stdout.split('\n').map((line) =>
      line
        .replace(/^::\/?/, '')
        .trim()
        .toLowerCase(),
    ),
  )
  const text = async (name: string) =>
    names.has(name) ? (await run(['mtype', '-i', drive, `::${name}`], mtools)).stdout.slice(0, 4096) : ''
  return { names, cmdline: await text('cmdline.txt'), issue: await text('issue.txt') }
}

async function osRelease(file: string, { offset }: ByteRange): Promise<Map<string, string>> {
  const answer = await run(['debugfs', '-R', 'cat /usr/lib/os-release', `${file}?offset=${offset}`]).catch(() => null)
  const fields = new Map<string, string>()
  for (const [, key = '', value = ''] of (answer?.stdout ?? '').matchAll(/^([A-Z_]+)="?([^"\n]*)"?$/gm))
    fields.set(key, value)
  return fields
}

const tooOld = new Set(['wheezy', 'jessie', 'stretch', 'buster', 'bullseye'])

function firstBootOf({ names, cmdline, issue }: BootFiles, release: ReadonlyMap<string, string>): FirstBoot {
  if ((names.has('user-data') && names.has('meta-data')) || /(^|\s)ds=nocloud/.test(cmdline)) return 'cloud-init'
  if (tooOld.has(release.get('VERSION_CODENAME') ?? '')) return 'unknown'
  return isRaspberryPiOs(issue) || cmdline.includes('/raspberrypi-sys-mods/firstboot') ? 'firstrun' : 'unknown'
}

function osOf({ issue }: BootFiles, release: ReadonlyMap<string, string>): string {
  const name = release.get('VERSION_CODENAME')
  if (!isRaspberryPiOs(issue)) return (release.get('PRETTY_NAME') ?? '').slice(0, 100)
  const date = /\d{4}-\d{2}-\d{2}/.exec(issue)?.[0]
  const detail = name ?? date
  return detail ? `Raspberry Pi OS (${detail})` : 'Raspberry Pi OS'
}

const isRaspberryPiOs = (issue: string): boolean => /^Raspberry Pi reference|pi-gen/m.test(issue)
