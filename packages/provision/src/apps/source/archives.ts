/** Archives as entries: tar (plain, gzip, xz, zstd) and zip. Nothing is written, and no more is read than is asked for. */
import { Readable } from 'node:stream'
import { crc32 } from 'node:zlib'
import { extract, type Header } from 'tar-stream'
import yauzl, { type Entry, type ZipFile } from 'yauzl'
import { Trouble } from '../../engine/types.ts'
import { formatOf } from '../../flash/image/format.ts'
import { openPacked } from '../../flash/image/unpack.ts'
import { refused, type SourceEntry, type SourceLimits, tooMuch } from './entries.ts'

const otherTypes: Record<string, string> = {
  'character-device': 'a device',
  'block-device': 'a device',
  fifo: 'a pipe',
}

/** `name`: what messages call the archive. Errors, also those of contents, become sentences by `archiveTrouble`. */
export async function* fromArchive(path: string, name: string, limits: SourceLimits): AsyncGenerator<SourceEntry> {
  yield* (await formatOf(path)) === 'zip' ? fromZip(path, limits) : fromTar(path, name, limits)
}

/** What an unpacker says of an archive that it cannot read; anything else stays as it is. */
export function archiveTrouble(error: unknown, name: string): unknown {
  if (error instanceof Trouble)
    return error.code.startsWith('image-') ? new Trouble('archive-damaged', error.message, error.cure) : error
  // A full disk, or a cancel.
  if (!(error instanceof Error) || 'syscall' in error || error.name === 'AbortError') return error
  return new Trouble(
    'archive-damaged',
    `${name} is damaged, or is not an archive: ${error.message}.`,
    'Create the archive again and upload it: tar, tar.gz, tar.xz, tar.zst or zip.',
  )
}

async function* fromTar(path: string, name: string, limits: SourceLimits): AsyncGenerator<SourceEntry> {
  const packed = await openPacked(path, name)
  const source = Readable.from(bounded(packed.chunks(), name, limits))
  const unpacker = extract()
  source.once('error', (error) => unpacker.destroy(error))
  source.pipe(unpacker as unknown as NodeJS.WritableStream)
  try {
    for await (const entry of unpacker) {
      yield ofTar(entry.header, entry as unknown as AsyncIterable<Buffer>)
      entry.resume()
    }
  } finally {
    source.destroy()
    unpacker.destroy()
  }
}

function ofTar({ name: path, type, mode, size, linkname }: Header, content: AsyncIterable<Buffer>): SourceEntry {
  if (type === 'directory') return { path, kind: 'folder' }
  if (type === 'file' || type === 'contiguous-file')
    return { path, kind: 'file', executable: (mode & 0o111) !== 0, size, content: () => content }
  if (type === 'symlink' || type === 'link')
    return { path, kind: 'link', target: linkname || '', hard: type === 'link' }
  return { path, kind: 'other', what: otherTypes[type] ?? 'of a special tar type' }
}

/** Ends what unpacks to more than all entries could have, such as zeros without end. */
async function* bounded(chunks: AsyncIterable<Buffer>, name: string, limits: SourceLimits): AsyncGenerator<Buffer> {
  // A header, its long names and the padding.
  const most = limits.bytes + limits.entries * 4096
  let bytes = 0
  for await (const chunk of chunks) {
    if (bytes === 0 && chunk.subarray(0, 512).every((byte) => byte === 0))
      throw new Trouble(
        'archive-format',
        `${name} is not an archive: it begins with zeros.`,
        'Upload tar, tar.gz or zip.',
      )
    bytes += chunk.length
    if (bytes > most) throw tooMuch('bytes', String(limits.bytes))
    yield chunk
  }
}

async function* fromZip(path: string, limits: SourceLimits): AsyncGenerator<SourceEntry> {
  const zip = await new Promise<ZipFile>((resolve, reject) =>
    yauzl.open(path, { lazyEntries: true, autoClose: false }, (error, file) => (error ? reject(error) : resolve(file))),
  )
  try {
    if (zip.entryCount > limits.entries) throw tooMuch('files, folders and links', String(limits.entries))
    for (;;) {
      const entry = await nextEntry(zip)
      if (!entry) return
      yield await ofZip(zip, entry)
    }
  } finally {
    zip.close()
  }
}

/** Null: that was the last one. */
function nextEntry(zip: ZipFile): Promise<Entry | null> {
  return new Promise((resolve, reject) => {
    const done = (end: () => void) => {
      for (const event of ['entry', 'end', 'error']) zip.removeAllListeners(event)
      end()
    }
    zip.once('entry', (entry: Entry) => done(() => resolve(entry)))
    zip.once('end', () => done(() => resolve(null)))
    zip.once('error', (error: Error) => done(() => reject(wrongName(error))))
    zip.readEntry()
  })
}

/** yauzl refuses such names itself. */
function wrongName(error: Error): Error {
  const [, path] =
    /^(?:absolute path|invalid relative path|invalid characters in fileName): (.*)$/s.exec(error.message) ?? []
  if (path === undefined) return error
  return refused(
    'archive-path',
    path,
    'its path leads out of the archive',
    'Create the archive from the folder itself.',
  )
}

/** Of entries that were made on Unix, the type and the permissions are in the upper half. */
async function ofZip(zip: ZipFile, entry: Entry): Promise<SourceEntry> {
  const { fileName: path, uncompressedSize: size } = entry
  const mode = entry.versionMadeBy >>> 8 === 3 ? entry.externalFileAttributes >>> 16 : 0
  const type = mode & 0o170000
  if (entry.isEncrypted())
    throw refused('archive-entry', path, 'it is encrypted', 'Create the zip file without a password.')
  if (path.endsWith('/') || type === 0o040000) return { path, kind: 'folder' }
  if (type === 0o120000) {
    if (size > 4096)
      throw refused('archive-link', path, 'it is a link without a valid target', 'Create the archive again.')
    const parts: Uint8Array[] = []
    for await (const part of contentOf(zip, entry)) parts.push(part)
    return { path, kind: 'link', target: Buffer.concat(parts).toString('utf8'), hard: false }
  }
  if (type !== 0 && type !== 0o100000) return { path, kind: 'other', what: 'a device, a pipe or a socket' }
  return { path, kind: 'file', executable: (mode & 0o111) !== 0, size, content: () => contentOf(zip, entry) }
}

async function* contentOf(zip: ZipFile, entry: Entry): AsyncGenerator<Uint8Array> {
  const stream = await new Promise<Readable>((resolve, reject) =>
    zip.openReadStream(entry, (error, readable) => (error ? reject(error) : resolve(readable))),
  )
  try {
    let sum = 0
    for await (const chunk of stream) {
      sum = crc32(chunk as Buffer, sum)
      yield chunk as Buffer
    }
    if (sum !== entry.crc32) throw new Error(`the checksum of ${entry.fileName} does not match`)
  } finally {
    stream.destroy()
  }
}
