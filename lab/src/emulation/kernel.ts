/** Debian's kernel, unpacked, with a first file system that holds the drivers of card and network and nothing more. */
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { must } from '@bramble/process'
import { LabError } from '../host/errors.ts'
import { signalOf, withArchive } from '../images/archive.ts'
import { cpio, type Entry } from './cpio.ts'
import { sourcesOf } from './root.ts'

export interface KernelKind {
  /** Debian's word for it, e.g. `arm64`. */
  architecture: string
  /** Debian package that names the current kernel. */
  meta: string
  /** Modules that are loaded before the root is there; those that the kernel has built in are passed over. */
  drivers: readonly string[]
}

export interface Kernel {
  image: string
  initrd: string
  /** Folder with the modules, to lie at /usr/lib/modules. */
  modules: string
  /** Folder with the device trees, where an architecture has such. */
  deviceTrees: string
}

/** Fetches and unpacks below `folder`. Seconds. */
export async function fetchKernel(folder: string, kind: KernelKind, signal?: AbortSignal): Promise<Kernel> {
  const debs = await download(folder, kind, signal)
  const tree = join(folder, 'unpacked')
  for (const deb of debs) await must(['dpkg-deb', '-x', deb, tree], { ...signalOf(signal) })
  const modules = join(tree, 'usr/lib/modules')
  const [version] = await readdir(modules)
  if (!version) throw new LabError('lab-layer', 'The kernel package holds no modules.')
  const initrd = join(folder, 'initrd')
  const entries = await contents(tree, join(modules, version), kind.drivers, folder)
  await writeFile(initrd, gzipSync(cpio(entries), { level: 1 }))
  return {
    image: join(tree, `boot/vmlinuz-${version}`),
    initrd,
    modules,
    deviceTrees: join(tree, `usr/lib/linux-image-${version}`),
  }
}

/** apt, told that it serves a system of that architecture below `folder`: native speed, and nothing of this machine's apt is touched. */
async function download(folder: string, kind: KernelKind, signal?: AbortSignal): Promise<string[]> {
  const state = join(folder, 'apt')
  for (const name of ['lists/partial', 'cache/archives/partial', 'debs'])
    await mkdir(join(state, name), { recursive: true })
  await writeFile(join(state, 'status'), '')
  return withArchive(async (proxy, mirrors) => {
    const sources = sourcesOf(mirrors)
    if (sources === null)
      throw new LabError(
        'lab-needs-mirror',
        "This machine's apt has no Debian mirror. Correct /etc/apt/sources.list, then try again.",
      )
    await writeFile(join(state, 'sources.list'), sources)
    const config = join(state, 'apt.conf')
    await writeFile(
      config,
      [
        `Dir::State "${state}";`,
        `Dir::State::Lists "${state}/lists";`,
        `Dir::State::status "${state}/status";`,
        `Dir::Cache "${state}/cache";`,
        `Dir::Etc::SourceList "${state}/sources.list";`,
        'Dir::Etc::SourceParts "/dev/null";',
        `APT::Architecture "${kind.architecture}";`,
        `APT::Architectures { "${kind.architecture}"; };`,
        'APT::Sandbox::User "root";',
        `Acquire::http::Proxy "${proxy}";`,
        'Acquire::Check-Valid-Until "false";',
        ...mirrors.options,
        '',
      ].join('\n'),
    )
    const apt = (argv: string[]) =>
      must(argv, { cwd: join(state, 'debs'), env: { APT_CONFIG: config, LC_ALL: 'C.UTF-8' }, ...signalOf(signal) })
    await apt(['apt-get', 'update'])
    const known = await apt(['apt-cache', 'depends', kind.meta])
    const image = /Depends: (linux-image-\d\S*)$/m.exec(known)?.[1]
    if (!image) throw new LabError('lab-layer', `${kind.meta} names no kernel.`)
    await apt(['apt-get', 'download', image, 'busybox-static'])
    return (await readdir(join(state, 'debs'))).map((name) => join(state, 'debs', name))
  })
}

/** Directories, busybox, the script, and each driver after those it leans on. */
async function contents(tree: string, modules: string, drivers: readonly string[], folder: string): Promise<Entry[]> {
  const directory = (path: string): Entry => ({ path, mode: 0o040755 })
  const program = (path: string, body: Buffer): Entry => ({ path, mode: 0o100755, body })
  const entries = [
    ...['bin', 'proc', 'sys', 'dev', 'root', 'modules'].map(directory),
    { path: 'dev/console', mode: 0o020600, device: [5, 1] as const },
    program('bin/busybox', await readFile(join(tree, 'usr/bin/busybox'))),
    program('init', await readFile(fileURLToPath(new URL('./initrd.sh', import.meta.url)))),
  ]
  const files = await modulesInOrder(modules, drivers)
  const copies = join(folder, 'modules')
  await mkdir(copies)
  for (const [index, file] of files.entries()) {
    const name = `${String(index).padStart(2, '0')}-${basename(file)}`
    await cp(file, join(copies, name))
    if (name.endsWith('.xz')) await must(['xz', '-d', join(copies, name)])
  }
  for (const name of (await readdir(copies)).sort())
    entries.push({ path: `modules/${name}`, mode: 0o100644, body: await readFile(join(copies, name)) })
  return entries
}

/** Paths of the drivers and of what they need, what is needed first. Read from the modules: no index exists yet. */
async function modulesInOrder(modules: string, drivers: readonly string[]): Promise<string[]> {
  const paths = new Map<string, string>()
  for (const path of await readdir(join(modules, 'kernel'), { recursive: true })) {
    const name = /([^/]+)\.ko(\.xz)?$/.exec(path)?.[1]
    if (name) paths.set(name.replaceAll('-', '_'), join(modules, 'kernel', path))
  }
  const order: string[] = []
  const add = async (name: string): Promise<void> => {
    const path = paths.get(name.replaceAll('-', '_'))
    if (!path || order.includes(path)) return
    for (const needed of await needsOf(path)) await add(needed)
    order.push(path)
  }
  for (const driver of drivers) await add(driver)
  return order
}

async function needsOf(path: string): Promise<string[]> {
  const told = await must(['modinfo', '-F', 'depends', path])
  return told.trim().split(',').filter(Boolean)
}
