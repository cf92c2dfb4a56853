/** A file as an answer, whole or from an offset on, so that an interrupted download can be resumed. */
import { type FileHandle, open } from 'node:fs/promises'
import { Readable } from 'node:stream'

/** 404 when there is no such file. `Range: bytes=N-` only; with `If-Range` when the file is still the same. */
export async function sendFile(file: string, request: Request): Promise<Response> {
  const handle = await open(file, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw error
  })
  if (!handle) return new Response('There is no such file.\n', { status: 404 })
  const { size, mtimeMs, ino } = await handle.stat()
  const etag = `"${ino.toString(36)}-${size.toString(36)}-${Math.round(mtimeMs).toString(36)}"`
  const headers = { etag, 'accept-ranges': 'bytes', 'content-type': 'application/octet-stream' }
  const from = rangeStart(request, etag)
  if (from !== null && from >= size) {
    await handle.close()
    return new Response(null, { status: 416, headers: { ...headers, 'content-range': `bytes */${size}` } })
  }
  const length = { 'content-length': `${size - (from ?? 0)}`, 'cache-control': 'no-store' }
  if (from === null) return new Response(streamOf(handle, 0), { headers: { ...headers, ...length } })
  const range = { 'content-range': `bytes ${from}-${size - 1}/${size}` }
  return new Response(streamOf(handle, from), { status: 206, headers: { ...headers, ...length, ...range } })
}

function rangeStart(request: Request, etag: string): number | null {
  const [, start] = /^bytes=(\d{1,15})-$/.exec(request.headers.get('range') ?? '') ?? []
  const condition = request.headers.get('if-range')
  return start === undefined || (condition !== null && condition !== etag) ? null : Number(start)
}

/** Closes the file at its end, and when nobody reads on. */
function streamOf(handle: FileHandle, start: number): BodyInit {
  return Readable.toWeb(handle.createReadStream({ start, highWaterMark: 256 * 1024 })) as BodyInit
}
