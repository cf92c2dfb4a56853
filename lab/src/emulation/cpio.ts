/** The archive that the kernel unpacks as its first file system ("newc"): written here, so that no tool is needed. */

export interface Entry {
  path: string
  /** File type and permissions as in stat. */
  mode: number
  body?: Buffer
  /** Major and minor number of a device. */
  device?: readonly [number, number]
}

/** Owner root, time 0: the same entries make the same bytes. */
export function cpio(entries: readonly Entry[]): Buffer {
  return Buffer.concat(
    [...entries, { path: 'TRAILER!!!', mode: 0 }].flatMap((entry, index) => record(entry, index + 1)),
  )
}

function record({ path, mode, body = Buffer.alloc(0), device = [0, 0] }: Entry, inode: number): Buffer[] {
  const name = Buffer.from(`${path}\0`)
  const fields = [inode, mode, 0, 0, 1, 0, body.length, 0, 0, ...device, name.length, 0]
  const head = Buffer.from(`070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}`)
  return [padded(Buffer.concat([head, name])), padded(body)]
}

function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)])
}
