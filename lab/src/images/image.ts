/**
 * An image for cards, as Raspberry Pi OS ships them: MBR, a FAT boot partition with the first-boot files, an ext4 root, no user, no
 * host keys. What differs: this machine's architecture, no kernel, and systemd-networkd in place of NetworkManager on trixie.
 */
import { createHash } from 'node:crypto'
import { mkdir, open, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { must } from '@bramble/process'
import { inside } from '../host/inside.ts'
import { cacheFolder, type Release } from '../host/layout.ts'
import { architecture, prepareMachine } from '../host/machine.ts'
import { mountLayers, unmount } from '../host/mounts.ts'
import { installPackages, put, signalOf } from './archive.ts'
import { once } from './built.ts'
import { bootFiles, factoryFiles } from './image-files.ts'
import { buildLayers, type LayerOptions } from './layers.ts'

/** Counts up when the way an image is made changes; what it is made of is hashed as well. */
const recipe = 1

/** What an image has that a node of the lab does not need. */
const everywhere = ['locales', 'keyboard-configuration', 'console-setup']
const imagePackages: Record<Release, readonly string[]> = {
  trixie: [...everywhere, 'cloud-init', 'netplan.io'],
  bookworm: [...everywhere, 'network-manager'],
}

/** The same on every card of one image, as with Raspberry Pi OS. */
const diskId = 'b7a3b1e5'

const mebibyte = 2 ** 20
const boot = { start: 4 * mebibyte, size: 256 * mebibyte }
const root = { start: boot.start + boot.size }

export type Compression = 'zst' | 'xz'

export interface ImageOptions extends LayerOptions {
  compression?: Compression
}

/** Path of the compressed image in the cache, built when missing: a minute or two, milliseconds after that. */
export async function buildImage(options: ImageOptions): Promise<string> {
  const { release, golden, compression = 'zst', onLine } = options
  await prepareMachine(onLine)
  const layers = await buildLayers(options)
  const digest = createHash('sha256')
    .update(
      JSON.stringify([recipe, layers, imagePackages[release], bootFiles(release, diskId), factoryFiles(release), boot]),
    )
    .digest('hex')
    .slice(0, 12)
  const name = `lab-image-${release}${golden ? '-golden' : ''}-${await architecture()}-${digest}.img.${compression}`
  const path = join(cacheFolder(), name)
  const title = `Building the ${golden ? 'golden ' : ''}${release} image for cards`
  await once(path, { title, ...(onLine ? { onLine } : {}) }, (part) => build(part, layers, options))
  return path
}

async function build(part: string, layers: string[], options: ImageOptions): Promise<void> {
  const folder = `${part}.build`
  const tree = join(folder, 'root')
  const raw = join(folder, 'image')
  try {
    await mountLayers({ lower: layers, upper: join(folder, 'upper'), work: join(folder, 'work'), root: tree })
    await installPackages(tree, imagePackages[options.release], options.signal)
    await makeBlankFactory(tree, options.release)
    await layOut(raw, tree)
    await fillBoot(raw, folder, options.release)
    await unmount(tree)
    const pack = options.compression === 'xz' ? ['xz', '-T0', '-1', '-k'] : ['zstd', '-q', '-T0', '-3']
    await must([...pack, raw], { timeout: 15 * 60_000, ...signalOf(options.signal) })
    await rename(`${raw}.${options.compression ?? 'zst'}`, part)
  } finally {
    await unmount(tree)
    await rm(folder, { recursive: true, force: true })
  }
}

/** Nobody can sign in, nothing has an identity, and SSH waits to be turned on: the first boot does all that. */
async function makeBlankFactory(tree: string, release: Release): Promise<void> {
  const factory = (...argv: string[]) => must(inside(tree, ...argv), { timeout: 60_000 })
  if (release === 'trixie') await factory('userdel', '--remove', 'pi')
  else await factory('passwd', '--lock', 'pi')
  for (const stale of ['etc/sudoers.d/010_pi-nopasswd', 'etc/ssh/sshd_config.d/50-factory.conf'])
    await rm(join(tree, stale), { force: true })
  for (const name of await readdir(join(tree, 'etc/ssh')))
    if (name.startsWith('ssh_host_')) await rm(join(tree, 'etc/ssh', name))
  for (const [path, { content, mode }] of Object.entries(factoryFiles(release))) await put(tree, path, content, mode)
  await factory('locale-gen')
  await mkdir(join(tree, 'boot/firmware'), { recursive: true })
  const units = (verb: string, ...names: string[]) =>
    must(['systemctl', `--root=${tree}`, verb, ...names], { timeout: 60_000 })
  await units('disable', 'ssh.service')
  await units('enable', 'regenerate_ssh_host_keys.service', 'sshswitch.service')
  if (release === 'trixie') await units('enable', 'systemd-networkd.service')
}

/** The partition table and the root file system, filled from the tree without mounting anything. */
async function layOut(raw: string, tree: string): Promise<void> {
  const used = Number((await must(['du', '-sxB1', tree], { timeout: 120_000 })).split('\t')[0])
  const rootSize = Math.ceil((used * 1.15) / mebibyte + 160) * mebibyte
  const file = await open(raw, 'wx')
  await file.truncate(root.start + rootSize)
  await file.close()
  const sectors = (bytes: number) => bytes / 512
  await must(['sfdisk', '-q', raw], {
    stdin: [
      'label: dos',
      `label-id: 0x${diskId}`,
      `start=${sectors(boot.start)}, size=${sectors(boot.size)}, type=c`,
      `start=${sectors(root.start)}, type=83`,
      '',
    ].join('\n'),
  })
  const offset = `offset=${root.start}`
  const kibibytes = `${rootSize / 1024}k`
  await must(['mkfs.ext4', '-q', '-F', '-L', 'rootfs', '-d', tree, '-E', offset, raw, kibibytes], { timeout: 300_000 })
}

async function fillBoot(raw: string, folder: string, release: Release): Promise<void> {
  const at = `--offset=${boot.start / 512}`
  // Clusters of 2 KiB: with larger ones there are too few for FAT32.
  await must(['mkfs.vfat', '-F', '32', '-s', '4', '-n', 'bootfs', at, raw, String(boot.size / 1024)])
  for (const [name, content] of Object.entries(bootFiles(release, diskId))) {
    const file = join(folder, name)
    await writeFile(file, content)
    await must(['mcopy', '-i', `${raw}@@${boot.start}`, file, `::${name}`])
  }
}
