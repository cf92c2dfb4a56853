/** What lies at a place of a disk, by its magic numbers. Only reads; needs no udev, no mount and no partition nodes. */
import { run } from '@bramble/process'
import { cleanText } from './words.ts'

export interface Signature {
  fstype: string | null
  label: string | null
  uuid: string | null
  /** dos, gpt … */
  partitionTable: string | null
}

export interface Part extends Signature {
  /** Bytes from the start of the disk. */
  offset: number
  size: number
}

const patience = 5_000

/** All null when nothing is known there, or when it could not be read. `at` in bytes. */
export async function signatureOf(path: string, at?: { offset: number; size: number }): Promise<Signature> {
  const place = at ? ['-O', String(at.offset), '-S', String(at.size)] : []
  const found = await run(['blkid', '-p', '-o', 'export', ...place, path], { timeout: patience }).catch(() => null)
  return parseBlkid(found?.stdout ?? '')
}

export function parseBlkid(text: string): Signature {
  const fields = new Map(text.split('\n').map((line) => line.split(/=(.*)/s, 2) as [string, string | undefined]))
  const word = (key: string, max: number) => cleanText((fields.get(key) ?? '').replace(/\\(.)/g, '$1'), max) || null
  return {
    fstype: word('TYPE', 40),
    label: word('LABEL', 60),
    uuid: word('UUID', 60),
    partitionTable: word('PTTYPE', 20),
  }
}

/** Partitions as the table on the disk names them, 16 at most. */
export async function partsOf(path: string): Promise<Part[]> {
  const argv = ['partx', '-r', '-g', '-b', '-o', 'NR,START,SIZE', path]
  const found = await run(argv, { timeout: patience }).catch(() => null)
  const places = parsePartx(found?.stdout ?? '').slice(0, 16)
  return Promise.all(places.map(async (place) => ({ ...place, ...(await signatureOf(path, place)) })))
}

export function parsePartx(text: string): { offset: number; size: number }[] {
  return text.split('\n').flatMap((line) => {
    const [number, start, size] = line.trim().split(/\s+/).map(Number)
    if (!number || !start || !size || !Number.isSafeInteger(start * 512 + size)) return []
    return [{ offset: start * 512, size }]
  })
}
