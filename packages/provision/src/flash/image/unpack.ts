/** The bytes of an image, out of what they are packed in, one chunk at a time. */
import { createReadStream } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { must, start } from '@bramble/process'
import { Trouble } from '../../engine/types.ts'
import { badPacking, type Format, formatOf, requireFile, unreadable } from './format.ts'
import { openZip } from './zip.ts'

export interface Packed {
  format: Format
  /** Bytes of the content when the container tells; null otherwise. */
  contentSize: number | null
  /** The content. Throws `image-truncated`, `image-corrupt`. Ends its helpers when the reader stops early. */
  chunks(): AsyncGenerator<Buffer>
}

/** `name`: what messages call the file. Troubles: image-missing, image-format, image-truncated, image-corrupt. */
export async function openPacked(path: string, name: string): Promise<Packed> {
  await requireFile(path, name)
  const format = await formatOf(path).catch((error) => {
    throw unreadable(error, name)
  })
  switch (format) {
    case 'raw':
      return { format, contentSize: (await stat(path)).size, chunks: () => fromRaw(path, name) }
    case 'xz':
      return {
        format,
        contentSize: await xzContentSize(path),
        chunks: () => fromProgram(['xz', '-dc', '-T0'], path, name),
      }
    case 'zst':
      return { format, contentSize: null, chunks: () => fromProgram(['zstd', '-dcq'], path, name) }
    case 'gz':
      return { format, contentSize: null, chunks: () => fromGzip(path, name) }
    case 'zip':
      return { format, ...(await openZip(path, name)) }
  }
}

async function* fromRaw(path: string, name: string): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) yield chunk as Buffer
  } catch (error) {
    throw unreadable(error, name)
  }
}

/** The packed file is the program's standard input: xz and zstd look at names otherwise. */
async function* fromProgram(argv: readonly string[], path: string, name: string): AsyncGenerator<Buffer> {
  const input = await open(path, 'r')
  const child = start(argv, { stdio: [input.fd, 'pipe', 'pipe'] })
  let words = ''
  let missing = false
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    words = (words + text).slice(-2000)
  })
  const ended = new Promise<number | null>((resolve) => {
    child.once('close', (code) => resolve(code))
    child.once('error', () => {
      missing = true
      resolve(null)
    })
  })
  try {
    for await (const chunk of child.stdout as Readable) yield chunk as Buffer
    const code = await ended
    if (code !== 0) throw badPacking(name, argv[0]!, words.trim() || `ended with ${code ?? 'a signal'}`)
  } catch (error) {
    throw missing ? noProgram(name, argv[0]!) : error
  } finally {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
    await ended
    await input.close()
  }
}

function noProgram(name: string, program: string): Trouble {
  return new Trouble(
    'program-missing',
    `${name} is packed with ${program}, which is not installed here.`,
    `Install it: apt install ${program === 'xz' ? 'xz-utils' : program}`,
  )
}

async function* fromGzip(path: string, name: string): AsyncGenerator<Buffer> {
  const { size } = await stat(path)
  const source = createReadStream(path, { highWaterMark: 256 * 1024 })
  const gunzip = createGunzip({ chunkSize: 256 * 1024 })
  source.once('error', (error) => gunzip.destroy(error))
  try {
    for await (const chunk of source.pipe(gunzip)) yield chunk as Buffer
    // zlib stops silently at bytes that are no gzip any more.
    if (gunzip.bytesWritten < size) throw badPacking(name, 'gzip', `${size - gunzip.bytesWritten} bytes follow its end`)
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? ''
    throw code.startsWith('Z_') ? badPacking(name, 'gzip', (error as Error).message) : error
  } finally {
    source.destroy()
    gunzip.destroy()
  }
}

/** xz keeps it at the end of the file; a cut or broken one tells nothing here and its error while it is unpacked. */
async function xzContentSize(path: string): Promise<number | null> {
  const listing = await must(['xz', '--robot', '--list', '--', path]).catch(() => '')
  const totals = listing.split('\n').find((line) => line.startsWith('totals\t'))
  const size = Number(totals?.split('\t')[4])
  return Number.isSafeInteger(size) && size > 0 ? size : null
}
