/** The root of an arm64 Pi: Debian's packages, installed by Debian's own tools under QEMU. Slow, so it is kept. */
import { createHash } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { must } from '@bramble/process'
import { cacheFolder } from '../host/layout.ts'
import type { Mirrors } from '../host/machine.ts'
import { signalOf, withArchive } from '../images/archive.ts'
import { once } from '../images/built.ts'

/** Counts up when the way it is made changes. */
const recipe = 1

/** What Raspberry Pi OS Lite brings and a first boot needs. The kernel comes apart: see kernel.ts. */
const packages = [
  'systemd',
  'systemd-sysv',
  'systemd-timesyncd',
  'systemd-resolved',
  'dbus',
  'udev',
  'libpam-systemd',
  'openssh-server',
  'sudo',
  'python3',
  'ca-certificates',
  'iproute2',
  'iputils-ping',
  'procps',
  'kmod',
  'tzdata',
  'less',
  'linux-sysctl-defaults',
  'cloud-init',
  'netplan.io',
  'cloud-guest-utils',
  'fdisk',
  'e2fsprogs',
  'dosfstools',
  'locales',
  'keyboard-configuration',
  'console-setup',
]

export interface RootOptions {
  onLine?: (line: string) => void
  signal?: AbortSignal
}

/** Folder of the root in the cache, built when missing: about ten minutes. */
export async function buildRoot(options: RootOptions): Promise<string> {
  const digest = createHash('sha256')
    .update(JSON.stringify([recipe, packages]))
    .digest('hex')
    .slice(0, 12)
  const path = join(cacheFolder(), `emulation-root-trixie-arm64-${digest}`)
  const { onLine } = options
  await once(path, { title: 'Building the arm64 system', ...(onLine ? { onLine } : {}) }, (part) =>
    build(part, options),
  )
  return path
}

async function build(root: string, { signal }: RootOptions): Promise<void> {
  await withArchive(async (proxy, mirrors) => {
    const apt = [`Acquire::http::Proxy "${proxy}";`, 'Acquire::Check-Valid-Until "false";', ...mirrors.options]
    const sources = sourcesOf(mirrors)
    await must(
      [
        ...['nice', '-n', '10', 'mmdebstrap', '--mode=root', '--architectures=arm64', '--variant=apt'],
        // Its own check wants tools that only ask what foreign.ts has seen to.
        '--skip=check/qemu',
        `--include=${packages.join(',')}`,
        ...apt.map((line) => `--aptopt=${line}`),
        '--dpkgopt=force-unsafe-io',
        ...['doc', 'man', 'locale'].map((name) => `--dpkgopt=path-exclude=/usr/share/${name}/*`),
        'trixie',
        root,
        ...(sources ? ['-'] : []),
      ],
      {
        env: { LC_ALL: 'C.UTF-8' },
        timeout: 45 * 60_000,
        ...(sources ? { stdin: sources } : {}),
        ...signalOf(signal),
      },
    )
  })
  await rm(join(root, 'etc/apt/apt.conf.d/99mmdebstrap'), { force: true })
}

/** One-line sources over plain http, so that the archive keeps what passes. */
export function sourcesOf(mirrors: Mirrors): string | null {
  if (!mirrors.debian) return null
  return `deb http://${mirrors.debian.host}${mirrors.debian.pathname.replace(/\/+$/, '')} trixie main\n`
}
