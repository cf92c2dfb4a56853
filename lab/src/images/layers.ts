/** The read-only layers below every node's disk: a base system per release, and a golden layer with the roles' packages. */
import { createHash } from 'node:crypto'
import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { must } from '@bramble/process'
import { inside as insideOf } from '../host/inside.ts'
import { cacheFolder, packagePort, type Release } from '../host/layout.ts'
import { architecture, type Mirrors } from '../host/machine.ts'
import { mountLayers, unmount } from '../host/mounts.ts'
import { installPackages, put, signalOf, withArchive } from './archive.ts'
import { once } from './built.ts'

/** Counts up when the way a layer is made changes; what it is made of is hashed as well. */
const recipe = 3

/** What Raspberry Pi OS Lite brings and a cluster role may count on. */
const everywhere = [
  'systemd',
  'systemd-sysv',
  'systemd-timesyncd',
  'dbus',
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
]

/** trixie keeps the kernel settings that Debian's systemd used to bring (ping for everyone, …) in a package of their own. */
const basePackages: Record<Release, readonly string[]> = {
  trixie: [...everywhere, 'linux-sysctl-defaults'],
  bookworm: everywhere,
}

/** Every package that a role installs: the slow part of provisioning, done once. */
const goldenPackages = [
  'etcd-server',
  'etcd-client',
  'postgresql',
  'patroni',
  'python3-etcd',
  'python3-psycopg2',
  'pgbackrest',
  'haproxy',
  'keepalived',
  'nginx-light',
  'nftables',
  'chrony',
  'unattended-upgrades',
  'curl',
  'jq',
  'openssl',
]

/** Units that those packages would start at boot; a role enables what it configured. */
const goldenUnits = [
  'etcd.service',
  'postgresql.service',
  'patroni.service',
  'pgbackrest.service',
  'haproxy.service',
  'keepalived.service',
  'nginx.service',
  'nftables.service',
  'chrony.service',
  'unattended-upgrades.service',
]

export interface LayerOptions {
  release: Release
  golden: boolean
  onLine?: (line: string) => void
  signal?: AbortSignal
}

/** Folders of the layers, uppermost first, built when missing. Minutes with an empty cache, milliseconds after that. */
export async function buildLayers(options: LayerOptions): Promise<string[]> {
  const { release, golden } = options
  const arch = await architecture()
  const base = join(cacheFolder(), `base-${release}-${arch}-${digest(basePackages[release])}`)
  const top = join(cacheFolder(), `golden-${release}-${arch}-${digest([...basePackages[release], ...goldenPackages])}`)
  await once(base, { ...options, title: `Building the ${release} base system` }, (folder) => buildBase(folder, options))
  if (!golden) return [base]
  const title = `Building the ${release} golden layer`
  await once(top, { ...options, title }, (folder) => buildGolden(folder, base, options))
  return [top, base]
}

function digest(packages: readonly string[]): string {
  return createHash('sha256')
    .update(JSON.stringify([recipe, packages, goldenUnits]))
    .digest('hex')
    .slice(0, 12)
}

async function buildBase(folder: string, options: LayerOptions): Promise<void> {
  const { release, signal } = options
  await withArchive(async (proxy, mirrors) => {
    const sources = sourcesFor(release, mirrors)
    const apt = [`Acquire::http::Proxy "${proxy}";`, 'Acquire::Check-Valid-Until "false";', ...mirrors.options]
    await must(
      [
        'mmdebstrap',
        '--mode=root',
        '--variant=apt',
        `--include=${basePackages[release].join(',')}`,
        ...apt.map((line) => `--aptopt=${line}`),
        '--dpkgopt=force-unsafe-io',
        release,
        folder,
        ...(sources ? ['-'] : []),
      ],
      { env: { LC_ALL: 'C.UTF-8' }, timeout: 15 * 60_000, ...(sources ? { stdin: sources } : {}), ...signalOf(signal) },
    )
    await makeFactory(folder, sources, signal)
  })
}

/** One-line sources over plain http, so that the cache can keep what passes; null leaves the choice to mmdebstrap. */
function sourcesFor(release: Release, mirrors: Mirrors): string | null {
  if (!mirrors.debian) return null
  const plain = (url: URL) => `http://${url.host}${url.pathname.replace(/\/+$/, '')}`
  const lines = [
    `deb ${plain(mirrors.debian)} ${release} main`,
    `deb ${plain(mirrors.debian)} ${release}-updates main`,
    ...(mirrors.security ? [`deb ${plain(mirrors.security)} ${release}-security main`] : []),
  ]
  return `${lines.join('\n')}\n`
}

/** What makes the base a Pi from the factory: the user pi, password login, no identity of its own. */
async function makeFactory(root: string, sources: string | null, signal?: AbortSignal): Promise<void> {
  const inside = (argv: string[]) => must(insideOf(root, ...argv), { timeout: 60_000, ...signalOf(signal) })
  await inside(['useradd', '--create-home', '--uid', '1000', '--shell', '/bin/bash', '--groups', 'sudo,adm', 'pi'])
  await inside(['passwd', '--lock', 'root'])
  await put(root, '/etc/sudoers.d/010_pi-nopasswd', 'pi ALL=(ALL) NOPASSWD: ALL\n', 0o440)
  await put(root, '/etc/ssh/sshd_config.d/50-factory.conf', 'PasswordAuthentication yes\nUseDNS no\n')
  if (sources) await put(root, '/etc/apt/sources.list', sources)
  for (const stale of ['/etc/apt/apt.conf.d/99mmdebstrap', '/etc/resolv.conf'])
    await rm(join(root, stale), { force: true })
  await put(root, '/etc/resolv.conf', '')
  for (const name of await readdir(join(root, '/etc/ssh')))
    if (name.startsWith('ssh_host_')) await rm(join(root, '/etc/ssh', name))
  await put(root, '/etc/machine-id', '')
  await rm(join(root, '/var/lib/dbus/machine-id'), { force: true })
  await put(root, '/etc/hostname', 'raspberrypi\n')
}

async function buildGolden(folder: string, base: string, options: LayerOptions): Promise<void> {
  const build = `${folder}.build`
  const root = join(build, 'root')
  await mkdir(folder, { recursive: true })
  await mountLayers({ lower: [base], upper: folder, work: join(build, 'work'), root })
  try {
    await put(root, '/etc/postgresql-common/createcluster.conf', 'create_main_cluster = false\n')
    await installPackages(root, goldenPackages, options.signal)
    for (const unit of goldenUnits) await must(['systemctl', `--root=${root}`, 'disable', unit], { timeout: 60_000 })
    await rm(join(root, '/var/lib/etcd/default'), { recursive: true, force: true })
  } finally {
    await unmount(root)
    await rm(build, { recursive: true, force: true })
  }
}

/** apt configuration of a factory node: its way to the internet is the lab's package cache on the bridge. */
export function factoryAptConfig(bridgeAddress: string, options: readonly string[]): string {
  return [
    '// Lab: packages are served by the cache on the bridge, also while the network is down.',
    `Acquire::http::Proxy "http://${bridgeAddress}:${packagePort}";`,
    'Acquire::http::Timeout "300";',
    'Acquire::Check-Valid-Until "false";',
    'Acquire::Languages "none";',
    'Acquire::PDiffs "false";',
    ...options,
    '',
  ].join('\n')
}

/** Where npm, pnpm and Yarn find the registry: it is mirrored by the package cache. */
export function factoryEnvironment(bridgeAddress: string): string {
  const registry = `http://${bridgeAddress}:${packagePort}/`
  return [
    `npm_config_registry=${registry}`,
    `YARN_NPM_REGISTRY_SERVER=${registry}`,
    `YARN_UNSAFE_HTTP_WHITELIST=${bridgeAddress}`,
    '',
  ].join('\n')
}
