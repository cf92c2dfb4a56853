/**
 * An arm64 image for cards that a Pi 3 boots: laid out as Raspberry Pi OS is, with Debian's own kernel, device tree and
 * packages. What it lacks is the Pi's closed firmware (firmware.ts does its part), NetworkManager and Wi-Fi.
 */
import { createHash } from 'node:crypto'
import { cp, mkdir, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { must } from '@bramble/process'
import { cacheFolder } from '../host/layout.ts'
import { mountLayers, unmount } from '../host/mounts.ts'
import { once } from '../images/built.ts'
import { bootFiles } from '../images/image-files.ts'
import { diskId, makeFactory } from './factory.ts'
import { prepareForeign } from './foreign.ts'
import { fetchKernel, type KernelKind } from './kernel.ts'
import { buildRoot, type RootOptions } from './root.ts'

/** Counts up when the way it is made changes. */
const recipe = 1

const mebibyte = 2 ** 20
const boot = { start: 4 * mebibyte, size: 256 * mebibyte }
const root = { start: boot.start + boot.size }

/** What the firmware reads beside the files of every image. `auto_initramfs`: kernel8.img goes with initramfs8. */
const deviceTree = 'bcm2837-rpi-3-b.dtb'
const config = `arm_64bit=1\nauto_initramfs=1\ndevice_tree=${deviceTree}\n`

/** A Pi 3's card, its USB network, and what switches it off for a reboot. */
const kernelKind: KernelKind = {
  architecture: 'arm64',
  meta: 'linux-image-arm64',
  drivers: ['bcm2835', 'phy_generic', 'dwc2', 'cdc_ether', 'bcm2835_wdt', 'bcm2835_rng', 'crc32c_generic', 'ext4'],
}

/** Path of the image in the cache, built when missing. */
export async function buildPi3Image(options: RootOptions): Promise<string> {
  const { onLine } = options
  const name = `emulation-trixie-arm64-${await digest()}.img`
  const path = join(cacheFolder(), name)
  const kept = await readdir(cacheFolder()).catch((): string[] => [])
  if (kept.includes(name)) return path
  await prepareForeign(onLine)
  const system = await buildRoot(options)
  await once(path, { title: 'Building the arm64 image', ...(onLine ? { onLine } : {}) }, (part) =>
    build(part, system, options),
  )
  return path
}

/** The image changes with what it is made of, and so does its name. The kernel is the one that was current then. */
async function digest(): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify([recipe, bootFiles('trixie', diskId), config, boot]))
  for (const name of ['root.ts', 'factory.ts', 'image.ts', '../images/image-files.ts', 'kernel.ts', 'initrd.sh'])
    hash.update(await readFile(fileURLToPath(new URL(name, import.meta.url))))
  return hash.digest('hex').slice(0, 12)
}

async function build(part: string, system: string, { signal }: RootOptions): Promise<void> {
  const folder = `${part}.build`
  const tree = join(folder, 'root')
  const raw = join(folder, 'image')
  try {
    await mkdir(join(folder, 'kernel'), { recursive: true })
    const kernel = await fetchKernel(join(folder, 'kernel'), kernelKind, signal)
    await mountLayers({ lower: [system], upper: join(folder, 'upper'), work: join(folder, 'work'), root: tree })
    await makeFactory(tree, signal)
    const modules = join(tree, 'usr/lib/modules')
    await cp(kernel.modules, modules, { recursive: true })
    for (const version of await readdir(modules)) await must(['depmod', '-b', tree, version])
    await layOut(raw, tree)
    await fillBoot(raw, folder, {
      'kernel8.img': kernel.image,
      initramfs8: kernel.initrd,
      [deviceTree]: join(kernel.deviceTrees, 'broadcom', deviceTree),
    })
    await unmount(tree)
    await rename(raw, part)
  } finally {
    await unmount(tree)
    await rm(folder, { recursive: true, force: true })
  }
}

async function layOut(raw: string, tree: string): Promise<void> {
  const used = Number((await must(['du', '-sxB1', tree], { timeout: 120_000 })).split('\t')[0])
  const rootSize = Math.ceil((used * 1.15) / mebibyte + 200) * mebibyte
  const file = await open(raw, 'wx')
  await file.truncate(root.start + rootSize)
  await file.close()
  const table = [
    'label: dos',
    `label-id: 0x${diskId}`,
    `start=${boot.start / 512}, size=${boot.size / 512}, type=c`,
    `start=${root.start / 512}, type=83`,
    '',
  ]
  await must(['sfdisk', '-q', raw], { stdin: table.join('\n') })
  const place = ['-E', `offset=${root.start}`, raw, `${rootSize / 1024}k`]
  await must(['mkfs.ext4', '-q', '-F', '-L', 'rootfs', '-d', tree, ...place], { timeout: 300_000 })
}

async function fillBoot(raw: string, folder: string, kernel: Record<string, string>): Promise<void> {
  const at = `--offset=${boot.start / 512}`
  await must(['mkfs.vfat', '-F', '32', '-s', '4', '-n', 'bootfs', at, raw, String(boot.size / 1024)])
  const put = (file: string, name: string) => must(['mcopy', '-i', `${raw}@@${boot.start}`, file, `::${name}`])
  const texts = bootFiles('trixie', diskId)
  texts['config.txt'] = config
  texts['cmdline.txt'] = `console=serial0,115200 quiet ${texts['cmdline.txt']}`
  for (const [name, text] of Object.entries(texts)) {
    await writeFile(join(folder, name), text)
    await put(join(folder, name), name)
  }
  for (const [name, file] of Object.entries(kernel)) await put(file, name)
}
