/** A part's log on disk: whole lines, bounded, so that a Pi's card does not fill up over the months. */
import { createWriteStream, type WriteStream } from 'node:fs'
import { mkdir, rename, stat } from 'node:fs/promises'
import path from 'node:path'
import type { Readable } from 'node:stream'

const limit = 10 * 1024 * 1024

export interface PartLog {
  follow(stream: Readable): void
  /** The last lines, oldest first. */
  tail(): readonly string[]
  close(): Promise<void>
}

/** Appends to DIR/NAME.log; past 10 MiB the file becomes NAME.old.log and a new one begins. */
export async function openLog(dir: string, name: string): Promise<PartLog> {
  await mkdir(dir, { recursive: true, mode: 0o700 })
  const file = path.join(dir, `${name}.log`)
  let size = (await stat(file).catch(() => undefined))?.size ?? 0
  let out = open(file)
  let rotating = false
  const last: string[] = []

  const write = (chunk: string) => {
    size += Buffer.byteLength(chunk)
    out.write(chunk)
    if (size < limit || rotating) return
    rotating = true
    const full = out
    rename(file, path.join(dir, `${name}.old.log`))
      .then(() => {
        out = open(file)
        size = 0
        full.end()
      })
      // A log that cannot be rotated goes on growing: better than a part that dies of its log.
      .catch(() => undefined)
      .finally(() => {
        rotating = false
      })
  }

  return {
    follow(stream) {
      stream.setEncoding('utf8')
      stream.on('data', (chunk: string) => {
        write(chunk)
        last.push(...chunk.split('\n').filter((line) => line.trim() !== ''))
        last.splice(0, Math.max(0, last.length - 20))
      })
      stream.on('error', () => undefined)
    },
    tail: () => last,
    close: () => new Promise((resolve) => out.end(() => resolve())),
  }
}

function open(file: string): WriteStream {
  const stream = createWriteStream(file, { flags: 'a', mode: 0o600 })
  // A full disk must not take the parts down with it.
  stream.on('error', () => undefined)
  return stream
}
