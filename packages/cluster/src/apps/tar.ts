/** Headers of a tar, for who has the contents already and only puts them in a row: the browser, which has no files to pipe. */

const block = 512
const encoder = new TextEncoder()

export interface TarFile {
  /** Relative, with slashes. */
  path: string
  /** Bytes. */
  size: number
  executable: boolean
}

/** What comes before the content of a file. */
export function tarHeader({ path, size, executable }: TarFile): Uint8Array<ArrayBuffer> {
  const header = headerBlock({ path, size, mode: executable ? 0o755 : 0o644, type: '0' })
  if (encoder.encode(path).length <= 100 && /^[\x20-\x7e]*$/.test(path)) return header
  const record = paxRecord('path', path)
  const extended = headerBlock({ path: 'PaxHeader', size: record.length, mode: 0o644, type: 'x' })
  return joined([extended, record, tarPadding(record.length), header])
}

/** What comes after a content of this size. */
export const tarPadding = (size: number): Uint8Array<ArrayBuffer> => new Uint8Array((block - (size % block)) % block)

/** What comes after the last file. */
export const tarEnd = (): Uint8Array<ArrayBuffer> => new Uint8Array(2 * block)

function headerBlock(entry: { path: string; size: number; mode: number; type: string }): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(block)
  const put = (text: string, at: number) => bytes.set(encoder.encode(text).subarray(0, 100), at)
  const octal = (value: number, digits: number) => value.toString(8).padStart(digits, '0')
  put(entry.path, 0)
  put(octal(entry.mode, 7), 100)
  put(octal(0, 7), 108)
  put(octal(0, 7), 116)
  put(octal(entry.size, 11), 124)
  put(octal(0, 11), 136)
  put(' '.repeat(8), 148)
  put(entry.type, 156)
  put('ustar\0' + '00', 257)
  put(
    `${octal(
      bytes.reduce((sum, byte) => sum + byte, 0),
      6,
    )}\0 `,
    148,
  )
  return bytes
}

/** `LENGTH key=value\n`, where the length counts itself. */
function paxRecord(key: string, value: string): Uint8Array<ArrayBuffer> {
  const rest = encoder.encode(` ${key}=${value}\n`)
  let length = rest.length
  while (`${length}`.length + rest.length !== length) length = `${length}`.length + rest.length
  return joined([encoder.encode(`${length}`), rest])
}

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}
