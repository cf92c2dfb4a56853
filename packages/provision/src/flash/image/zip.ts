/** The one image inside a zip file. */
import type { Readable } from 'node:stream'
import { crc32 } from 'node:zlib'
import yauzl, { type Entry, type ZipFile } from 'yauzl'
import { Trouble } from '../../engine/types.ts'
import { badPacking } from './format.ts'

export interface ZipImage {
  contentSize: number
  chunks(): AsyncGenerator<Buffer>
}

/** Troubles: image-format (no image inside, or several), image-truncated, image-corrupt. */
export async function openZip(path: string, name: string): Promise<ZipImage> {
  const image = theImage(await entriesOf(path, name), name)
  return { contentSize: image.uncompressedSize, chunks: () => fromEntry(path, name, image) }
}

function theImage(entries: readonly Entry[], name: string): Entry {
  // macOS adds `__MACOSX/._name`; publishers add notes and checksums.
  const files = entries.filter(({ fileName }) => !/(^|\/)(__MACOSX\/|\.)|\/$/.test(fileName))
  const named = files.filter(({ fileName }) => /\.(img|raw|bin|wic)$/i.test(fileName))
  const candidates = named.length > 0 ? named : files
  const [image, ...others] = candidates
  if (image && others.length === 0) return image
  const what = image
    ? `${candidates.length} files (${candidates.map(({ fileName }) => fileName).join(', ')})`
    : 'no file'
  throw new Trouble(
    'image-format',
    `${name} is a zip file with ${what.slice(0, 300)} inside; one image is expected.`,
    'Unpack it and choose the .img file.',
  )
}

function openFile(path: string): Promise<ZipFile> {
  return new Promise((resolve, reject) =>
    yauzl.open(path, { lazyEntries: true, autoClose: false }, (error, zip) => (error ? reject(error) : resolve(zip))),
  )
}

async function entriesOf(path: string, name: string): Promise<Entry[]> {
  const zip = await openFile(path).catch((error: Error) => {
    throw badPacking(name, 'zip', error.message)
  })
  try {
    return await new Promise<Entry[]>((resolve, reject) => {
      const entries: Entry[] = []
      zip.on('entry', (entry: Entry) => {
        entries.push(entry)
        zip.readEntry()
      })
      zip.once('end', () => resolve(entries))
      zip.once('error', (error: Error) => reject(badPacking(name, 'zip', error.message)))
      zip.readEntry()
    })
  } finally {
    zip.close()
  }
}

async function* fromEntry(path: string, name: string, entry: Entry): AsyncGenerator<Buffer> {
  const zip = await openFile(path)
  let stream: Readable | undefined
  try {
    stream = await new Promise<Readable>((resolve, reject) =>
      zip.openReadStream(entry, (error, readable) => (error ? reject(error) : resolve(readable))),
    )
    let sum = 0
    for await (const chunk of stream) {
      sum = crc32(chunk as Buffer, sum)
      yield chunk as Buffer
    }
    if (sum !== entry.crc32) throw new Error(`the checksum of ${entry.fileName} does not match`)
  } catch (error) {
    throw badPacking(name, 'zip', (error as Error).message)
  } finally {
    stream?.destroy()
    zip.close()
  }
}
