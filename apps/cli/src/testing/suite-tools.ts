/** What each suite runs that is not one of the packages: program → the Debian packages that bring it, with a space between. */
import { labTools } from '@bramble/lab'
import { flashPrograms } from '@bramble/provision/flash'

export type Tools = Readonly<Record<string, string>>

/** Made with these: images, cards and their file systems. */
const imageTools: Tools = {
  'mkfs.vfat': 'dosfstools',
  'mkfs.ext4': 'e2fsprogs',
  sfdisk: 'fdisk',
  zip: 'zip',
  bmaptool: 'bmap-tools',
}

/** Cards that misbehave on demand. */
const faultTools: Tools = {
  // In Bookworm the first brings it, in Trixie the second.
  'qemu-storage-daemon': 'qemu-system-common qemu-utils',
  nbdfuse: 'libnbd-bin',
  fusermount3: 'fuse3',
}

/** What runs on a node runs on python3 there, cloud-init with PyYAML; unit tests run it here. */
const nodeTools: Tools = { python3: 'python3', '/usr/lib/python3/dist-packages/yaml/__init__.py': 'python3-yaml' }

/** Repositories of apps; git reaches them through ssh. */
const gitTools: Tools = { git: 'git', ssh: 'openssh-client' }

/** Container images are made and served with these. */
const containerTools: Tools = {
  skopeo: 'skopeo',
  umoci: 'umoci',
  busybox: 'busybox-static',
  'docker-registry': 'docker-registry',
  htpasswd: 'apache2-utils',
}

const suiteTools = {
  unit: {
    ...flashPrograms,
    ...imageTools,
    ...nodeTools,
    'redis-server': 'redis-server',
    'ssh-keygen': 'openssh-client',
    // Balancers make their certificates with it.
    openssl: 'openssl',
    ...gitTools,
  },
  security: { ...flashPrograms, ...imageTools, chromium: 'chromium' },
  scenarios: { ...flashPrograms, ...nodeTools, ...imageTools, ...faultTools, ...labTools },
  browser: { ...flashPrograms, ...labTools, chromium: 'chromium' },
  endurance: {
    ...gitTools,
    ...containerTools,
    ...flashPrograms,
    ...nodeTools,
    ...imageTools,
    ...faultTools,
    ...labTools,
    chromium: 'chromium',
  },
  bench: { ...flashPrograms, ...imageTools, ...faultTools, ...labTools, chromium: 'chromium' },
} satisfies Record<string, Tools>

export type ToolSuite = keyof typeof suiteTools

export const toolsOf = (suites: readonly ToolSuite[]): Tools =>
  Object.assign({}, ...suites.map((suite) => suiteTools[suite]))
