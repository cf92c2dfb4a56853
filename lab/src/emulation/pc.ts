/**
 * A machine of this one's own architecture with the lab's image: for what containers cannot show, such as a first boot
 * that the kernel's command line starts. The kernel lies beside the card; the line is the card's.
 */
import { createHash } from 'node:crypto'
import { access, constants, copyFile, mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { must } from '@bramble/process'
import { LabError } from '../host/errors.ts'
import { cacheFolder, type Release } from '../host/layout.ts'
import { architecture } from '../host/machine.ts'
import { once } from '../images/built.ts'
import { buildImage } from '../images/image.ts'
import type { Board } from './board.ts'
import { readCommandLine } from './firmware.ts'
import { fetchKernel, type KernelKind } from './kernel.ts'
import type { RootOptions } from './root.ts'

/** The boot partition is mounted for the root by the first file system, since no driver lies on the lab's cards. */
const drivers = ['virtio_pci', 'virtio_blk', 'virtio_net', 'crc32c_generic', 'ext4', 'vfat', 'nls_cp437', 'nls_ascii']

const qemus: Record<string, readonly string[]> = {
  amd64: ['qemu-system-x86_64', '-M', 'q35'],
  arm64: ['qemu-system-aarch64', '-M', 'virt'],
}

/**
 * `release`: of the lab's image that it boots. `kvm`: at full speed, where the host's KVM is whole; translated it is as slow as
 * a Pi 3. Throws LabError `lab-needs-kvm`.
 */
export async function pcOf(release: Release, kvm: boolean): Promise<Board> {
  const own = await architecture()
  const qemu = qemus[own]
  const lacks = kvm && (await access('/dev/kvm', constants.R_OK | constants.W_OK).catch((error: Error) => error))
  if (!qemu || lacks)
    throw new LabError(
      'lab-needs-kvm',
      `This machine (${own}) cannot run another one ${kvm ? 'at full speed: it has no /dev/kvm. Leave --kvm out' : 'of its kind: leave --pc out'}, then try again.`,
    )
  const speed = kvm ? ['-accel', 'kvm', '-cpu', 'host'] : ['-accel', 'tcg,thread=multi', '-cpu', 'max']
  await must(['which', qemu[0]!]).catch(() =>
    must([
      'apt-get',
      'install',
      '-y',
      '--no-install-recommends',
      own === 'amd64' ? 'qemu-system-x86' : 'qemu-system-arm',
    ]),
  )
  const kind: KernelKind = { architecture: own, meta: `linux-image-cloud-${own}`, drivers }
  let kernel = ''
  return {
    name: `this machine's own kind (${own}, ${kvm ? 'KVM' : 'translated'}) with the lab's ${release} image`,
    async image(options) {
      kernel = await keepKernel(kind, options)
      return buildImage({ release, golden: false, ...options })
    },
    async hardware({ card, mac }) {
      const words = await readCommandLine(card)
      const console = own === 'amd64' ? 'ttyS0' : 'ttyAMA0'
      return [
        ...qemu,
        ...speed,
        ...['-smp', '2', '-m', '1024'],
        ...['-kernel', join(kernel, 'image'), '-initrd', join(kernel, 'initrd')],
        // Raspberry Pi OS has it in its root: eth0 is eth0.
        ...['-append', `console=${console} net.ifnames=0 ${words}`],
        ...['-drive', `if=virtio,format=raw,file=${card},cache=writeback`],
        ...['-device', `virtio-net-pci,netdev=lan,mac=${mac},romfile=`],
      ]
    },
  }
}

/** Folder in the cache with `image` and `initrd`. */
async function keepKernel(kind: KernelKind, { onLine, signal }: RootOptions): Promise<string> {
  const digest = createHash('sha256').update(JSON.stringify(kind)).digest('hex').slice(0, 12)
  const path = join(cacheFolder(), `emulation-kernel-${kind.architecture}-${digest}`)
  await once(path, { title: 'Fetching a kernel', ...(onLine ? { onLine } : {}) }, async (part) => {
    const folder = `${part}.build`
    try {
      await mkdir(folder, { recursive: true })
      const { image, initrd } = await fetchKernel(folder, kind, signal)
      await mkdir(part)
      await copyFile(image, join(part, 'image'))
      await copyFile(initrd, join(part, 'initrd'))
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })
  return path
}
