/**
 * A container sees this machine's memory in /proc/meminfo, not its own limit. The lab writes a file that tells the node's own and
 * lays it over /proc/meminfo, so that whoever sizes PostgreSQL by it sees a 1 GB Pi.
 */
import { open } from 'node:fs/promises'
import { memoryUse } from './cgroups.ts'

/** Text of /proc/meminfo for a node; sizes in bytes. Every line has a fixed width, so the file is rewritten in place. */
export function meminfo(total: number, use: { used: number; cache: number; reclaimable: number }): string {
  const free = Math.max(0, total - use.used)
  const lines: [string, number][] = [
    ['MemTotal', total],
    ['MemFree', free],
    ['MemAvailable', Math.min(total, free + use.reclaimable)],
    ['Buffers', 0],
    ['Cached', use.cache],
    ['SwapCached', 0],
    ['Active', Math.max(0, use.used - use.reclaimable)],
    ['Inactive', use.reclaimable],
    ['SwapTotal', 0],
    ['SwapFree', 0],
    ['Shmem', 0],
    ['SReclaimable', 0],
  ]
  const row = ([name, bytes]: [string, number]) =>
    `${`${name}:`.padEnd(16)}${String(Math.floor(bytes / 1024)).padStart(10)} kB\n`
  return lines.map(row).join('')
}

/** Brings the node's meminfo file up to date; made when missing. */
export async function writeMeminfo(file: string, cgroup: string, total: number): Promise<void> {
  const use = (await memoryUse(cgroup)) ?? { used: 0, cache: 0, reclaimable: 0 }
  const handle = await open(file, 'r+').catch(() => open(file, 'w+', 0o644))
  try {
    await handle.write(meminfo(total, use), 0)
  } finally {
    await handle.close()
  }
}
