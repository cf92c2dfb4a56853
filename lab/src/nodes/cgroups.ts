/** One cgroup per node in every mounted hierarchy: its memory limit, who runs in it, and an end for all of them at once. */
import { access, mkdir, readdir, readFile, rmdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { LabError } from '../host/errors.ts'

export interface Hierarchy {
  mount: string
  version: 1 | 2
  controllers: string[]
}

let known: Promise<Hierarchy[]> | null = null

/** The cgroup hierarchies of this machine: one of version 2, several of version 1, or both. Read once. */
export function hierarchies(): Promise<Hierarchy[]> {
  known ??= readFile('/proc/self/mounts', 'utf8').then(parseHierarchies)
  return known
}

/** Every process of a node is in every hierarchy, so one of them answers for all: version 2 when there is one. */
async function leading(): Promise<Hierarchy> {
  const all = await hierarchies()
  const chosen = all.find(({ version }) => version === 2) ?? all[0]
  if (!chosen)
    throw new LabError(
      'lab-needs-cgroups',
      'No cgroups are mounted below /sys/fs/cgroup, so nodes would have no memory limit. Mount them (systemd does), then try again.',
    )
  return chosen
}

/** The pure half of `hierarchies`: the text of /proc/self/mounts. */
export function parseHierarchies(mounts: string): Hierarchy[] {
  return mounts.split('\n').flatMap((line): Hierarchy[] => {
    const [, mount, type, options] = line.split(' ')
    if (!mount?.startsWith('/sys/fs/cgroup')) return []
    if (type === 'cgroup2') return [{ mount, version: 2, controllers: [] }]
    if (type === 'cgroup') return [{ mount, version: 1, controllers: (options ?? '').split(',') }]
    return []
  })
}

/** Makes the node's cgroups with a limit in bytes, and returns their folders, one a hierarchy. */
export async function makeCgroups(name: string, memory: number): Promise<string[]> {
  // Another lab that ends takes the folder of all labs away while nobody is in it, which may be between two steps here.
  const deadline = Date.now() + 10_000
  for (;;) {
    try {
      return await layCgroups(name, memory)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || Date.now() > deadline) throw error
    }
  }
}

async function layCgroups(name: string, memory: number): Promise<string[]> {
  const folders: string[] = []
  for (const hierarchy of await hierarchies()) {
    let folder = hierarchy.mount
    for (const part of name.split('/')) {
      if (hierarchy.version === 2) await delegate(folder)
      folder = join(folder, part)
      await mkdir(folder, { recursive: true })
      if (hierarchy.controllers.includes('cpuset')) await inheritCpus(folder)
      if (part === allLabs) await weigh(hierarchy, folder)
    }
    if (hierarchy.controllers.includes('memory')) await writeFile(join(folder, 'memory.limit_in_bytes'), String(memory))
    if (hierarchy.version === 2 && (await exists(join(folder, 'memory.max'))))
      await writeFile(join(folder, 'memory.max'), String(memory))
    folders.push(folder)
  }
  return folders
}

/** The folder of all labs. */
export const allLabs = 'bramble-lab'

/** All nodes of all labs would count as one process of this machine, and starve beside a compiler; as more than two, they starve what drives them. */
async function weigh({ version, controllers }: Hierarchy, folder: string): Promise<void> {
  if (controllers.includes('cpu')) await writeFile(join(folder, 'cpu.shares'), '2048')
  if (version === 2 && (await exists(join(folder, 'cpu.weight')))) await writeFile(join(folder, 'cpu.weight'), '200')
}

async function delegate(folder: string): Promise<void> {
  const offered = (await readFile(join(folder, 'cgroup.controllers'), 'utf8')).split(/\s+/)
  for (const controller of ['memory', 'cpu', 'pids'])
    if (offered.includes(controller))
      await writeFile(join(folder, 'cgroup.subtree_control'), `+${controller}`).catch(() => undefined)
}

/** Version 1 refuses processes in a cpuset that names no CPU. */
async function inheritCpus(folder: string): Promise<void> {
  for (const file of ['cpuset.cpus', 'cpuset.mems'])
    if ((await readFile(join(folder, file), 'utf8')).trim() === '')
      await writeFile(join(folder, file), await readFile(join(folder, '..', file), 'utf8'))
}

/** Processes anywhere below the cgroup, as this machine numbers them. */
export async function processesIn(name: string): Promise<number[]> {
  const found: number[] = []
  for (const folder of await tree(join((await leading()).mount, name)))
    for (const pid of (await readFile(join(folder, 'cgroup.procs'), 'utf8').catch(() => '')).split('\n'))
      if (pid) found.push(Number(pid))
  return found
}

/** True while any process is below the cgroup. Cheap where the kernel keeps the answer ready (version 2). */
export async function isPopulated(name: string): Promise<boolean> {
  const { mount, version } = await leading()
  if (version === 1) return (await processesIn(name)).length > 0
  const events = await readFile(join(mount, name, 'cgroup.events'), 'utf8').catch(() => '')
  return /^populated 1$/m.test(events)
}

/** Kills every process of the cgroup with SIGKILL and waits, 15 s at most, until none is left. */
export async function killAll(name: string): Promise<void> {
  const deadline = Date.now() + 15_000
  const { mount } = await leading()
  await writeFile(join(mount, name, 'cgroup.kill'), '1', { flag: 'r+' }).catch(() => undefined)
  for (let left = await processesIn(name); left.length > 0; left = await processesIn(name)) {
    for (const pid of left) kill(pid)
    if (Date.now() > deadline)
      throw new LabError(
        'lab-kill',
        `Processes ${left.slice(0, 8).join(', ')} of ${name} cannot be killed: the kernel blocks them, often because of a disk that hangs. Check dmesg, then try again.`,
      )
    await pause(50)
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** Removes the cgroup from every hierarchy. It must be empty of processes. */
export async function removeCgroups(name: string): Promise<void> {
  for (const { mount } of await hierarchies())
    for (const folder of (await tree(join(mount, name))).reverse()) await rmdir(folder).catch(() => undefined)
}

/** Removes the cgroup from every hierarchy, unless there are others in it: those of labs that run beside this one are not touched. */
export async function removeEmptyCgroup(name: string): Promise<void> {
  for (const { mount } of await hierarchies()) await rmdir(join(mount, name)).catch(() => undefined)
}

/** Memory in bytes: what the cgroup holds and how much of it is file cache that can be dropped. */
export async function memoryUse(name: string): Promise<{ used: number; cache: number; reclaimable: number } | null> {
  for (const { mount, version, controllers } of await hierarchies()) {
    const folder = join(mount, name)
    const file = version === 2 ? 'memory.current' : controllers.includes('memory') ? 'memory.usage_in_bytes' : null
    const used = file ? await readFile(join(folder, file), 'utf8').catch(() => null) : null
    if (used === null) continue
    const stat = await readFile(join(folder, 'memory.stat'), 'utf8').catch(() => '')
    const value = (...keys: string[]) =>
      Number(keys.map((key) => new RegExp(`^${key} (\\d+)$`, 'm').exec(stat)?.[1]).find((text) => text) ?? 0)
    const cache = value('total_cache', 'file')
    return {
      used: Number(used),
      cache,
      reclaimable: value('total_inactive_file', 'inactive_file') + value('total_active_file', 'active_file'),
    }
  }
  return null
}

async function tree(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
  if (entries.length === 0) return []
  const below = await Promise.all(
    entries.filter((entry) => entry.isDirectory()).map((entry) => tree(join(folder, entry.name))),
  )
  return [folder, ...below.flat()]
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
