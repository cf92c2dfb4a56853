/** Debian packages for layers and images: fetched once through the archive that all labs share, installed into a folder. */
import { chmod, mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { must } from '@bramble/process'
import { LabError } from '../host/errors.ts'
import { inside as insideOf } from '../host/inside.ts'
import { cacheFolder } from '../host/layout.ts'
import { type Mirrors, readMirrors } from '../host/machine.ts'
import { type PackageCache, startPackageCache } from '../network/package-cache.ts'

/** Folder of the package archive that all labs share. */
export function archiveFolder(): string {
  return join(cacheFolder(), 'packages')
}

export async function withArchive<T>(work: (proxy: string, mirrors: Mirrors) => Promise<T>): Promise<T> {
  const mirrors = await readMirrors()
  if (mirrors.hosts.length === 0)
    throw new LabError(
      'lab-needs-mirror',
      "This machine's apt has no http or https mirror, so Debian cannot be downloaded. Correct /etc/apt/sources.list, then try again.",
    )
  const archive: PackageCache = await startPackageCache({
    listen: { host: '127.0.0.1', port: 0 },
    dir: archiveFolder(),
    allowedHosts: mirrors.hosts,
    secureHosts: mirrors.secureHosts,
    upstreamProxy: mirrors.proxy,
  })
  try {
    return await work(`http://127.0.0.1:${archive.port}`, mirrors)
  } finally {
    await archive.close()
  }
}

/** Installs packages into the system at `root` and starts none of their services. */
export async function installPackages(root: string, packages: readonly string[], signal?: AbortSignal): Promise<void> {
  await withArchive(async (proxy, mirrors) => {
    const apt = [
      `-oAcquire::http::Proxy=${proxy}`,
      '-oAcquire::Check-Valid-Until=false',
      ...(mirrors.options.length > 0 ? ['-oAcquire::Check-Date=false'] : []),
      '-oAcquire::PDiffs=false',
    ]
    const env = { DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C.UTF-8' }
    const inside = (...argv: string[]) =>
      must(insideOf(root, 'apt-get', ...apt, ...argv), { env, timeout: 15 * 60_000, ...signalOf(signal) })
    await put(root, '/usr/sbin/policy-rc.d', '#!/bin/sh\nexit 101\n', 0o755)
    await inside('update')
    await inside('-oDpkg::Options::=--force-confold', 'install', '-y', '--no-install-recommends', ...packages)
    await inside('clean')
    await rm(join(root, '/usr/sbin/policy-rc.d'))
  })
}

/** Writes a file below `root`, made anew so that its owner is root and its mode is what it should be. */
export async function put(root: string, path: string, content: string, mode = 0o644): Promise<void> {
  const file = join(root, path)
  await mkdir(dirname(file), { recursive: true })
  await rm(file, { force: true })
  await writeFile(file, content, { mode })
  await chmod(file, mode)
}

export function signalOf(signal: AbortSignal | undefined): { signal?: AbortSignal } {
  return signal ? { signal } : {}
}
