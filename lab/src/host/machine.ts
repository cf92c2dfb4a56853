/** What the lab needs of this machine: Linux, root, a few Debian tools, and the package mirrors apt already uses. */
import { isOnPath, must, run } from '@bramble/process'
import { LabError } from './errors.ts'

const elsewhere = 'Bramble also works with real Pis without a lab: run `./bramble up` and adopt them.'

/** Command → the Debian package that brings it. */
export const labTools: Readonly<Record<string, string>> = {
  mmdebstrap: 'mmdebstrap',
  'systemd-nspawn': 'systemd-container',
  ip: 'iproute2',
  nsenter: 'util-linux',
  chroot: 'coreutils',
  ssh: 'openssh-client',
  'ssh-keygen': 'openssh-client',
  dnsmasq: 'dnsmasq-base',
  sfdisk: 'fdisk',
  'mkfs.vfat': 'dosfstools',
  'mkfs.ext4': 'e2fsprogs',
  mcopy: 'mtools',
  zstd: 'zstd',
  xz: 'xz-utils',
}

/** Throws LabError `lab-needs-linux` or `lab-needs-root`. */
export function requireRoot(): void {
  if (process.platform !== 'linux')
    throw new LabError(
      'lab-needs-linux',
      `The lab boots virtual Pis in Linux containers, but this system is ${process.platform}. Run it on a Debian machine or in a Debian virtual machine. ${elsewhere}`,
    )
  if (process.getuid?.() !== 0)
    throw new LabError(
      'lab-needs-root',
      `The lab makes network namespaces, mounts and cgroups, which requires root. Run the command with sudo. ${elsewhere}`,
    )
}

/** Installs missing tools with apt-get. Throws a LabError that names what is missing and how to get it. */
export async function prepareMachine(onLine: (line: string) => void = () => {}): Promise<void> {
  requireRoot()
  await installTools(labTools, onLine)
}

/** `wanted`: command → the Debian package that brings it. Throws as prepareMachine does. */
export async function installTools(
  wanted: Readonly<Record<string, string>>,
  onLine: (line: string) => void,
): Promise<void> {
  const missing = await missingPackages(wanted)
  if (missing.length === 0) return
  if (!(await isOnPath('apt-get')))
    throw new LabError(
      'lab-needs-tools',
      `The lab needs ${missing.join(', ')} but this machine has no apt-get. Install them with its package manager (mmdebstrap and systemd-nspawn), then try again. ${elsewhere}`,
    )
  onLine(`Installing ${missing.join(', ')}`)
  const env = { DEBIAN_FRONTEND: 'noninteractive' }
  const lock = ['-o', 'DPkg::Lock::Timeout=120']
  const install = ['apt-get', ...lock, 'install', '-y', '--no-install-recommends', ...missing]
  let result = await run(install, { env })
  if (result.code !== 0) {
    await run(['apt-get', ...lock, 'update'], { env })
    result = await run(install, { env })
  }
  const still = await missingPackages(wanted)
  if (still.length > 0)
    throw new LabError(
      'lab-needs-tools',
      `apt-get could not install ${still.join(', ')}: ${(result.stderr || result.stdout).trim().slice(-600)} Fix apt or install them manually, then try again.`,
    )
}

async function missingPackages(wanted: Readonly<Record<string, string>>): Promise<string[]> {
  const missing = new Set<string>()
  for (const [tool, debianPackage] of Object.entries(wanted)) if (!(await isOnPath(tool))) missing.add(debianPackage)
  return [...missing]
}

export interface Mirrors {
  /** `scheme://host/path` of Debian and of Debian-Security as this machine's apt knows them; null: the tool's default. */
  debian: URL | null
  security: URL | null
  /** `host` or `host:port` that the package cache may fetch from. */
  hosts: string[]
  /** Those of `hosts` that speak https. */
  secureHosts: string[]
  /** apt's own HTTP proxy, when this machine has one. */
  proxy: URL | null
  /** Options that this machine's apt needs for its mirrors and a node's apt will need too. */
  options: string[]
  /** npm's registry as this machine has it; null: it has no npm. */
  registry: URL | null
}

/** Reads this machine's apt configuration; asks no network. */
export async function readMirrors(): Promise<Mirrors> {
  const format = ['--format', '$(REPO_URI)', 'Created-By: Packages']
  const uris = (await isOnPath('apt-get')) ? (await run(['apt-get', 'indextargets', ...format])).stdout : ''
  const config = (await isOnPath('apt-config')) ? (await run(['apt-config', 'dump'])).stdout : ''
  const registry = (await isOnPath('npm')) ? (await run(['npm', 'config', 'get', 'registry'])).stdout.trim() : ''
  return mirrorsFrom(uris.split('\n'), config, registry)
}

/** The pure half of `readMirrors`: repository addresses, one a line, the text of `apt-config dump`, npm's registry. */
export function mirrorsFrom(lines: readonly string[], config: string, registry = ''): Mirrors {
  const urls = lines.flatMap((line) => {
    const url = URL.canParse(line.trim()) ? new URL(line.trim()) : null
    return url && (url.protocol === 'http:' || url.protocol === 'https:') ? [url] : []
  })
  const option = (name: string) => new RegExp(`^${name} "([^"]+)";`, 'mi').exec(config)?.[1]
  const last = (name: string) => urls.find((url) => url.pathname.replace(/\/+$/, '').endsWith(`/${name}`)) ?? null
  const proxy = option('Acquire::http::Proxy')
  return {
    debian: last('debian'),
    security: last('debian-security'),
    hosts: [...new Set(urls.map((url) => url.host))],
    secureHosts: [...new Set(urls.filter((url) => url.protocol === 'https:').map((url) => url.host))],
    proxy: proxy && URL.canParse(proxy) ? new URL(proxy) : null,
    options: option('Acquire::Check-Date') === 'false' ? ['Acquire::Check-Date "false";'] : [],
    registry: /^https?:/.test(registry) && URL.canParse(registry) ? new URL(registry.replace(/\/*$/, '/')) : null,
  }
}

/** This machine's Debian architecture, e.g. `amd64`. */
export async function architecture(): Promise<string> {
  return (await must(['dpkg', '--print-architecture'])).trim()
}
