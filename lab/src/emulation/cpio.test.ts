import { describe, expect, it } from 'vitest'
import { cpio } from './cpio.ts'

describe('the first file system', () => {
  it('holds every record at a multiple of four bytes, with its length and its body', () => {
    const body = Buffer.from('#!/bin/sh\necho hello\n')
    const archive = cpio([
      { path: 'bin', mode: 0o040755 },
      { path: 'bin/hello', mode: 0o100755, body },
      { path: 'dev/console', mode: 0o020600, device: [5, 1] },
    ])
    const records = read(archive)
    expect(records.map(({ path }) => path)).toEqual(['bin', 'bin/hello', 'dev/console', 'TRAILER!!!'])
    expect(records[1]).toMatchObject({ mode: 0o100755, body })
    expect(records[2]).toMatchObject({ mode: 0o020600, device: [5, 1] })
    expect(new Set(records.map(({ inode }) => inode)).size).toBe(4)
  })

  it('is the same bytes for the same entries', () => {
    const once = () => cpio([{ path: 'a', mode: 0o100644, body: Buffer.from('x') }])
    expect(once()).toEqual(once())
  })
})

/** Read as the kernel's init/initramfs.c does: header, name to a border of four, body to a border of four. */
function read(archive: Buffer) {
  const records = []
  for (let at = 0; at < archive.length; ) {
    expect(archive.toString('latin1', at, at + 6)).toBe('070701')
    const field = (index: number) =>
      Number.parseInt(archive.toString('latin1', at + 6 + index * 8, at + 14 + index * 8), 16)
    const [size, name] = [field(6), field(11)]
    const start = border(at + 110 + name)
    records.push({
      inode: field(0),
      mode: field(1),
      device: [field(9), field(10)],
      path: archive.toString('latin1', at + 110, at + 110 + name - 1),
      body: archive.subarray(start, start + size),
    })
    at = border(start + size)
  }
  return records
}

const border = (at: number) => Math.ceil(at / 4) * 4
