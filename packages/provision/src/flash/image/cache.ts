/** Folders of the image cache: `<cache>/<id>/` holds `image.img` and, written last, `image.json`. */
import type { Dirent } from 'node:fs'
import { open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { FirstBoot } from '@bramble/cluster'
import { z } from 'zod'
import { Trouble } from '../../engine/types.ts'
import type { CachedImage } from '../types.ts'
import { tryLock } from './lock.ts'

const Range = z.object({ offset: z.int().min(0), length: z.int().min(1) })

/** What image.json says. `modified`: the file's time in milliseconds; another one means other content. */
const Kept = z.object({
  size: z.int().min(512),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  data: z.array(Range),
  gaps: z.enum(['zero', 'unmapped']),
  boot: Range.nullable(),
  firstBoot: FirstBoot,
  os: z.string(),
  modified: z.number(),
})

/** The folder of one image. The id comes from outside and must not lead anywhere else. */
export function imageFolder(cache: string, id: string): string {
  if (!isId(id))
    throw new Trouble(
      'image-missing',
      `There is no image ${id.slice(0, 100)}.`,
      'Choose one of the images of the list.',
    )
  return join(cache, id)
}

const isId = (id: string): boolean => /^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$/.test(id)

export const imageFile = (folder: string): string => join(folder, 'image.img')

/** Null when the image is not there, not finished, or not what it was. */
export async function readCached(folder: string): Promise<CachedImage | null> {
  try {
    const { modified, ...facts } = Kept.parse(JSON.parse(await readFile(join(folder, 'image.json'), 'utf8')))
    const file = imageFile(folder)
    const now = await stat(file)
    return now.size === facts.size && now.mtimeMs === modified ? { file, ...facts } : null
  } catch {
    return null
  }
}

/** From here on the image counts as ready. */
export async function keepCached(folder: string, image: CachedImage): Promise<void> {
  const { file, ...facts } = image
  const kept: z.infer<typeof Kept> = { ...facts, modified: (await stat(file)).mtimeMs }
  const staged = join(folder, 'image.json.part')
  const handle = await open(staged, 'w')
  try {
    await handle.writeFile(JSON.stringify(kept))
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(staged, join(folder, 'image.json'))
}

/** An image that is not there counts as removed. Trouble image-busy: it is being prepared. */
export async function removeImage(input: { id: string; cache: string }): Promise<void> {
  const folder = imageFolder(input.cache, input.id)
  const held = await tryLock(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (held === undefined) return
  if (held === null)
    throw new Trouble(
      'image-busy',
      'The image is being downloaded or unpacked.',
      'Wait until it is ready, or cancel the download first.',
    )
  // Without image.json first: what is left after a crash here is no image any more.
  await rm(join(folder, 'image.json'), { force: true })
  await rm(folder, { recursive: true, force: true })
}

/** Every image folder, unfinished ones too: they take room. Bytes on the disk, holes not counted. */
export async function cachedImages(cache: string): Promise<{ id: string; bytes: number }[]> {
  const entries = await readdir(cache, { withFileTypes: true }).catch((error: NodeJS.ErrnoException): Dirent[] => {
    if (error.code === 'ENOENT') return []
    throw error
  })
  const folders = entries.filter((entry) => entry.isDirectory() && isId(entry.name))
  return Promise.all(folders.map(async ({ name }) => ({ id: name, bytes: await bytesIn(join(cache, name)) })))
}

/** Removes what a killed process left half unpacked. A download stays: it can go on. Returns the files. */
export async function sweepImages(cache: string): Promise<string[]> {
  const removed: string[] = []
  for (const { id } of await cachedImages(cache)) {
    const folder = join(cache, id)
    if ((await leftIn(folder)).length === 0) continue
    const held = await tryLock(folder)
    if (!held) continue
    try {
      for (const name of await leftIn(folder)) {
        await rm(join(folder, name), { force: true })
        removed.push(join(folder, name))
      }
    } finally {
      await held.release()
    }
  }
  return removed
}

/** Without `image.json`, which is written last, the image was not finished. */
async function leftIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((): string[] => [])
  const left = ['image.part', 'image.json.part', ...(names.includes('image.json') ? [] : ['image.img'])]
  return names.filter((name) => left.includes(name)).sort()
}

async function bytesIn(folder: string): Promise<number> {
  let bytes = 0
  for (const name of await readdir(folder).catch(() => [])) {
    // Files come and go while an image is made.
    const { blocks } = await stat(join(folder, name)).catch(() => ({ blocks: 0 }))
    bytes += blocks * 512
  }
  return bytes
}
