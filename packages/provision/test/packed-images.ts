/** One small Pi image, packed in every way that an image can come. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { must } from '@bramble/process'
import { buildPiImage, type PiImage } from './pi-image.ts'

const programs = {
  xz: ['xz', '-k', '-0', '-T1', '--block-size=16MiB'],
  gz: ['gzip', '-k', '-1'],
  zst: ['zstd', '-q', '-k', '-1'],
  zip: ['zip', '-q', '-j', '-1'],
} as const

export type Packing = 'raw' | keyof typeof programs
export const packings: readonly Packing[] = ['raw', 'xz', 'gz', 'zst', 'zip']

export interface PackedImages {
  folder: string
  image: PiImage
  /** All bytes of the image. */
  content: Buffer
  path(packing: Packing): string
  remove(): Promise<void>
}

/** Trixie with cloud-init, 64 MiB. Needs xz, gzip, zstd and zip beside what buildPiImage needs. */
export async function packImages(): Promise<PackedImages> {
  const folder = await mkdtemp(join(tmpdir(), 'bramble-images-'))
  const root = join(folder, 'root')
  await mkdir(join(root, 'usr/lib'), { recursive: true })
  const release = 'PRETTY_NAME="Debian GNU/Linux 13 (trixie)"\nVERSION_CODENAME=trixie\n'
  await writeFile(join(root, 'usr/lib/os-release'), release)
  // Something that does not pack to nothing, so that a cut is a cut in the middle of data.
  const noise = Array.from({ length: 3_000_000 }, (_, at) => (at * 2654435761) >>> 13)
  await writeFile(join(root, 'noise'), Buffer.from(noise))
  const image = await buildPiImage({ file: join(folder, 'pi.img'), firstBoot: 'cloud-init', sizeMiB: 64, root })
  for (const [packing, argv] of Object.entries(programs))
    await must([...argv, ...(packing === 'zip' ? [`${image.file}.zip`] : []), image.file])
  return {
    folder,
    image,
    content: await readFile(image.file),
    path: (packing) => (packing === 'raw' ? image.file : `${image.file}.${packing}`),
    remove: () => rm(folder, { recursive: true }),
  }
}
