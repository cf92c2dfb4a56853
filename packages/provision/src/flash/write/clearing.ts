/** Emptying a card where the image is empty, so that nothing has to be written there. */
import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { run } from '@bramble/process'
import type { OpenCard } from '../types.ts'
import { alignedBuffer } from './blocks.ts'
import { readBlock } from './card-io.ts'
import { bytesOf, type Span } from './layout.ts'

/** Bytes at a time, more as long as it is quick: what was begun cannot be stopped, and a cancel shall not wait for it. */
const firstStep = 512 * 1024
const lastStep = 256 * 2 ** 20
/** Seconds; a step that took longer is not made larger. Starting the program counts: tenths of a second on a busy Pi. */
const longStep = 0.5
/** Bytes a second, after so many seconds for nothing; a card that clears slower is written as fast. */
const worthIt = 100e6
const patience = 3
/** Less than this is written faster than it is asked for. */
const worthAsking = 4 * 2 ** 20
const samples = 32

/**
 * True when the card was told to empty itself up to the last gap and samples of the gaps read as zeros. The proof of every
 * byte is left to verifying. False when it cannot, or lies.
 */
export async function cleared(card: OpenCard, gaps: readonly Span[], signal: AbortSignal): Promise<boolean> {
  const last = gaps.at(-1)
  if (!last || bytesOf(gaps) < worthAsking) return false
  const command = await clearCommand(card.identity.path)
  if (!command) return false
  const end = last.offset + last.length
  let step = firstStep
  const started = performance.now()
  for (let offset = 0; offset < end && !signal.aborted; ) {
    const length = Math.min(step, end - offset)
    const begun = performance.now()
    const result = await run(command(offset, length), { timeout: 60_000 }).catch(() => null)
    if (result?.code !== 0) return false
    offset += length
    if (secondsSince(begun) < longStep) step = Math.min(lastStep, step * 2)
    if (secondsSince(started) > patience + offset / worthIt) return false
  }
  return !signal.aborted && (await samplesAreZero(card, gaps))
}

const secondsSince = (moment: number) => (performance.now() - moment) / 1000

/**
 * Null when the device has neither command. Zeroing in hardware first: it promises zeros, and fails where that would mean sending
 * them. A discard promises nothing: many cards read zeros afterwards, some read ones, some keep the bytes.
 */
async function clearCommand(path: string): Promise<((offset: number, length: number) => string[]) | null> {
  const limit = async (name: string) =>
    Number(await readFile(`/sys/class/block/${basename(path)}/queue/${name}`, 'utf8').catch(() => '0'))
  // Both open the device a second time without claiming it: the claim is ours.
  if ((await limit('write_zeroes_max_bytes')) > 0)
    return (offset, length) => ['fallocate', '--punch-hole', '--offset', `${offset}`, '--length', `${length}`, path]
  if ((await limit('discard_max_bytes')) > 0)
    return (offset, length) => ['blkdiscard', '--force', '--offset', `${offset}`, '--length', `${length}`, path]
  return null
}

async function samplesAreZero(card: OpenCard, gaps: readonly Span[]): Promise<boolean> {
  const memory = alignedBuffer(4096)
  const total = bytesOf(gaps)
  for (let sample = 0; sample < samples; sample++) {
    await readBlock(card, memory, placeIn(gaps, Math.floor((sample / samples) * total)))
    if (!isZero(memory)) return false
  }
  return true
}

/** The sector that holds byte `nth` of all gaps, counted from the first. */
function placeIn(gaps: readonly Span[], nth: number): number {
  let left = nth
  for (const { offset, length } of gaps) {
    if (left < length) return offset + Math.floor(left / 4096) * 4096
    left -= length
  }
  return gaps[0]?.offset ?? 0
}

const zeros = Buffer.alloc(2 ** 20)
export const isZero = (memory: Buffer): boolean => memory.equals(zeros.subarray(0, memory.length))
