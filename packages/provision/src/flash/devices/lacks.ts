/** What this machine lacks to flash cards, each with its cure. */
import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import type { StationLack } from '@bramble/cluster'
import { isOnPath } from '@bramble/process'
import { permissionCure } from './open.ts'
import { isDiskName } from './station.ts'

/** Program, its package in Debian, and what it is for. */
const programs: readonly [string, string, string][] = [
  ['lsblk', 'util-linux', 'to find cards'],
  ['blkid', 'util-linux', 'to identify the contents of a card'],
  ['mcopy', 'mtools', 'to read a card and write its first-boot settings'],
  ['xz', 'xz-utils', 'to unpack images'],
  ['zstd', 'zstd', 'to unpack images'],
  ['debugfs', 'e2fsprogs', 'to identify the system of an image'],
  ['eject', 'eject', 'to eject cards'],
]

/** Programs that flashing runs on Linux, each with the Debian package that brings it. */
export const flashPrograms: Readonly<Record<string, string>> = Object.fromEntries(
  programs.map(([program, debian]) => [program, debian]),
)

export async function listLacks(): Promise<StationLack[]> {
  if (process.platform !== 'linux')
    return [
      {
        what: 'Cards can be written on Linux only. On this system Bramble only lists disks.',
        cure: 'Join a Linux machine with a card reader as a station: `./bramble station`.',
      },
    ]
  const [missing, rights, hidden] = await Promise.all([missingPrograms(), lackOfRights(), hiddenDisks()])
  return [...missing, ...rights, ...hidden]
}

async function missingPrograms(): Promise<StationLack[]> {
  const lacks = await Promise.all(
    programs.map(async ([program, debian, purpose]) => ({
      there: await isOnPath(program),
      what: `The program ${program} is missing: Bramble needs it ${purpose}.`,
      cure: `sudo apt install ${debian}`,
    })),
  )
  return lacks.filter(({ there }) => !there).map(({ what, cure }) => ({ what, cure }))
}

async function lackOfRights(): Promise<StationLack[]> {
  if (process.getuid?.() === 0) return []
  const line = /^disk:[^:]*:(\d+):/m.exec(await readFile('/etc/group', 'utf8').catch(() => ''))
  if (line && process.getgroups?.().includes(Number(line[1]))) return []
  return [
    {
      what: 'Bramble has no permission to write cards: its user is neither root nor in the group disk.',
      cure: permissionCure,
    },
  ]
}

/** A container has the kernel's list of disks, but not their device files. */
async function hiddenDisks(): Promise<StationLack[]> {
  const disks = (await readdir('/sys/block').catch(() => [])).filter(
    (name) => isDiskName(name) && !name.startsWith('loop'),
  )
  if (disks.length === 0 || disks.some((name) => existsSync(`/dev/${name}`))) return []
  return [
    {
      what: "The machine's disks are not visible here: Bramble runs in a container.",
      cure: 'Start `./bramble station` on the machine with the card reader itself, outside the container.',
    },
  ]
}
