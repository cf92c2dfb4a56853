/** What this machine lacks to flash cards, each with its cure. */
import { existsSync } from 'node:fs'
import { access, constants, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { StationLack } from '@bramble/cluster'
import { permissionCure } from './open.ts'
import { isDiskName } from './station.ts'

/** Program, its package in Debian, and what it is for. */
const programs: readonly [string, string, string][] = [
  ['lsblk', 'util-linux', 'to find cards'],
  ['blkid', 'util-linux', 'to tell what is on a card'],
  ['mcopy', 'mtools', 'to look into a card and to write its first settings'],
  ['xz', 'xz-utils', 'to unpack images'],
  ['zstd', 'zstd', 'to unpack images'],
  ['debugfs', 'e2fsprogs', 'to tell which system an image holds'],
  ['eject', 'eject', 'to eject cards'],
]

export async function listLacks(): Promise<StationLack[]> {
  if (process.platform !== 'linux')
    return [
      {
        what: 'Cards are written on Linux only: this system shows its disks, nothing more.',
        cure: 'Join a Linux machine with a card reader as a station: `./bramble station`.',
      },
    ]
  const [missing, rights, hidden] = await Promise.all([missingPrograms(), lackOfRights(), hiddenDisks()])
  return [...missing, ...rights, ...hidden]
}

async function missingPrograms(): Promise<StationLack[]> {
  const folders = [...new Set([...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/sbin'])].filter(Boolean)
  const lacks: StationLack[] = []
  for (const [program, debian, purpose] of programs) {
    const found = await Promise.all(folders.map((folder) => isProgram(join(folder, program))))
    if (!found.includes(true))
      lacks.push({
        what: `The program ${program} is missing: Bramble needs it ${purpose}.`,
        cure: `sudo apt install ${debian}`,
      })
  }
  return lacks
}

async function isProgram(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  )
}

async function lackOfRights(): Promise<StationLack[]> {
  if (process.getuid?.() === 0) return []
  const line = /^disk:[^:]*:(\d+):/m.exec(await readFile('/etc/group', 'utf8').catch(() => ''))
  if (line && process.getgroups?.().includes(Number(line[1]))) return []
  return [{ what: 'Bramble may not write cards: it is neither root nor in the group disk.', cure: permissionCure }]
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
