/** Copy-on-write disks: an overlay of read-only layers and a folder that takes the writes. */
import { mkdir, readFile } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { must, run } from '@bramble/process'
import { LabError } from './errors.ts'

export interface Overlay {
  /** Read-only folders, uppermost first. */
  lower: readonly string[]
  upper: string
  work: string
  root: string
}

/** Mounts the overlay at `root`; a mount that is already there stays. */
export async function mountLayers({ lower, upper, work, root }: Overlay): Promise<void> {
  for (const folder of [upper, work, root]) await mkdir(folder, { recursive: true })
  if (await isMounted(root)) return
  const options = `lowerdir=${lower.join(':')},upperdir=${upper},workdir=${work}`
  await must(['mount', '-t', 'overlay', 'bramble-lab', '-o', options, root], { timeout: 30_000 })
}

/** Unmounts and waits until the last user of the mount is gone, 10 s at most. Not mounted is fine. */
export async function unmount(root: string): Promise<void> {
  const deadline = Date.now() + 10_000
  while (await isMounted(root)) {
    const result = await run(['umount', root], { timeout: 30_000 })
    if (result.code === 0) continue
    if (Date.now() > deadline)
      throw new LabError(
        'lab-disk-busy',
        `The disk ${root} is still in use: ${result.stderr.trim()} Leave that folder in every terminal, then try again.`,
      )
    await pause(200)
  }
}

export async function isMounted(root: string): Promise<boolean> {
  const table = await readFile('/proc/self/mounts', 'utf8')
  return table.split('\n').some((line) => line.split(' ')[1] === root)
}
