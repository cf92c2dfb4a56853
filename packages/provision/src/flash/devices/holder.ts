/** Who holds a device: named, so that a person can end it. */
import { readdir, readFile, readlink, stat } from 'node:fs/promises'
import { parseMountinfo } from './mounts.ts'
import { cleanText } from './words.ts'

/** `/mnt of process 812 (postgres)`; null when nobody shows. `numbers`: the disk's and those of everything on it. */
export async function holderOf(numbers: ReadonlySet<string>): Promise<string | null> {
  const processes = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  return (await mountElsewhere(processes, numbers)) ?? (await openFile(processes, numbers))
}

/** Containers have mounts of their own, which this process's list does not show. */
async function mountElsewhere(processes: string[], numbers: ReadonlySet<string>): Promise<string | null> {
  const seen = new Set<string>()
  for (const id of processes) {
    const namespace = await readlink(`/proc/${id}/ns/mnt`).catch(() => null)
    if (!namespace || seen.has(namespace)) continue
    seen.add(namespace)
    const mounts = parseMountinfo(await readFile(`/proc/${id}/mountinfo`, 'utf8').catch(() => ''))
    const mount = mounts.find(({ number }) => numbers.has(number))
    if (mount) return `it is mounted on ${mount.point}, as process ${await named(id)} sees it`
  }
  return null
}

async function openFile(processes: string[], numbers: ReadonlySet<string>): Promise<string | null> {
  for (const id of processes) {
    const files = await readdir(`/proc/${id}/fd`).catch(() => [])
    for (const file of files) {
      const found = await stat(`/proc/${id}/fd/${file}`).catch(() => null)
      if (found?.isBlockDevice() && numbers.has(deviceNumber(found.rdev)))
        return Number(id) === process.pid
          ? 'another flash job is writing to it'
          : `process ${await named(id)} has it open`
    }
  }
  return null
}

async function named(id: string): Promise<string> {
  const name = cleanText(await readFile(`/proc/${id}/comm`, 'utf8').catch(() => ''), 40)
  return name ? `${id} (${name})` : id
}

/** The kernel's number of a device as `major:minor`, from what stat tells. */
export function deviceNumber(rdev: number): string {
  // Linux packs them as glibc's makedev does; the parts above 32 bits need no bit operations.
  const high = Math.floor(rdev / 2 ** 32)
  const low = rdev % 2 ** 32
  const major = ((low >>> 8) & 0xfff) + (high & 0xfffff000)
  const minor = (low & 0xff) + ((low >>> 12) & 0xfff00)
  return `${major}:${minor}`
}
