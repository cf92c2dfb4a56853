/** Small images laid out as Raspberry Pi OS is: MBR, FAT32 `bootfs`, ext4 `rootfs`. No mounts, no root rights. */
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { must } from '@bramble/process'

const MIB = 1024 * 1024
const DISK_ID = '0x5ca1ab1e'

export interface PiImageInput {
  /** Made anew; a sparse file. */
  file: string
  /** `none`: an image that takes no settings at first boot. */
  firstBoot: 'cloud-init' | 'firstrun' | 'none'
  /** Size of the whole image; default 96, at least 64. */
  sizeMiB?: number
  /** Folder whose content becomes the root file system; default: an empty one. */
  root?: string
  /** More files of the boot partition, or other content of the usual ones. Names may hold no folders. */
  boot?: Record<string, string>
}

export interface PiImage {
  file: string
  /** Bytes. */
  size: number
  /** The FAT partition, bytes. */
  boot: { offset: number; length: number }
  /** The ext4 partition, bytes. */
  root: { offset: number; length: number }
}

/** Needs sfdisk, mkfs.vfat, mkfs.ext4 and mtools. The boot partition holds what pi-gen's stock images hold, in little. */
export async function buildPiImage(input: PiImageInput): Promise<PiImage> {
  const size = (input.sizeMiB ?? 96) * MIB
  // FAT32 needs 65525 clusters: 36 MiB of single sectors are just enough.
  const boot = { offset: 4 * MIB, length: (size >= 1024 * MIB ? 256 : 36) * MIB }
  const root = { offset: boot.offset + boot.length, length: size - boot.offset - boot.length }
  const blank = await open(input.file, 'w')
  try {
    await blank.truncate(size)
  } finally {
    await blank.close()
  }
  const sectors = (bytes: number) => bytes / 512
  await must(['sfdisk', '--quiet', '--no-reread', '--no-tell-kernel', input.file], {
    stdin: [
      'label: dos',
      `label-id: ${DISK_ID}`,
      `start=${sectors(boot.offset)}, size=${sectors(boot.length)}, type=c`,
      `start=${sectors(root.offset)}, size=${sectors(root.length)}, type=83`,
      '',
    ].join('\n'),
  })
  const fat = ['-F', '32', '-s', '1', '-n', 'bootfs', '--offset', String(sectors(boot.offset))]
  await must(['mkfs.vfat', ...fat, input.file, String(boot.length / 1024)])
  await fillBoot(`${input.file}@@${boot.offset}`, { ...bootFiles(input.firstBoot), ...input.boot })
  const ext4 = ['-q', '-F', '-L', 'rootfs', '-E', `offset=${root.offset},nodiscard`]
  const content = input.root === undefined ? [] : ['-d', input.root]
  await must(['mkfs.ext4', ...ext4, ...content, input.file, `${root.length / 1024}k`])
  return { file: input.file, size, boot, root }
}

async function fillBoot(drive: string, files: Record<string, string>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'pi-image-'))
  try {
    const paths = []
    for (const [name, content] of Object.entries(files)) {
      const path = join(folder, name)
      await writeFile(path, content)
      paths.push(path)
    }
    await must(['mcopy', '-i', drive, '-o', ...paths, '::'])
  } finally {
    await rm(folder, { recursive: true })
  }
}

function bootFiles(firstBoot: PiImageInput['firstBoot']): Record<string, string> {
  const root = `console=serial0,115200 console=tty1 root=PARTUUID=${DISK_ID.slice(2)}-02 rootfstype=ext4 fsck.repair=yes rootwait`
  const config = '# For more options see http://rptl.io/configtxt\ndtparam=audio=on\narm_64bit=1\n\n[all]\n'
  const issue = (date: string) =>
    `Raspberry Pi reference ${date}\nGenerated using pi-gen, https://github.com/RPi-Distro/pi-gen, 0000000, stage2\n`
  // The firmware's own files, a few bytes of each: enough to be found, too few to boot.
  const firmware = { 'bootcode.bin': 'bootcode\n', 'start4.elf': 'start4\n', 'kernel8.img': 'kernel\n' }
  if (firstBoot === 'cloud-init')
    return {
      ...firmware,
      'cmdline.txt': `${root} resize\n`,
      'config.txt': config,
      'issue.txt': issue('2026-10-06'),
      'user-data': '#cloud-config\n# Every line of the stock file is a comment.\n',
      'meta-data': 'dsmode: local\ninstance_id: rpios-image\n',
      'network-config': '# Every line of the stock file is a comment.\n',
    }
  if (firstBoot === 'firstrun')
    return {
      ...firmware,
      'cmdline.txt': `${root} quiet init=/usr/lib/raspberrypi-sys-mods/firstboot\n`,
      'config.txt': config,
      'issue.txt': issue('2025-05-13'),
    }
  return { ...firmware, 'cmdline.txt': `${root}\n`, 'config.txt': config }
}
