/** The shapes that the parts of flashing hand to each other. */
import type { CardIdentity, FirstBoot } from '@bramble/cluster'

export interface ByteRange {
  offset: number
  length: number
}

/** The FAT partition that the Pi's firmware reads. */
export type BootPartition = ByteRange

/** An unpacked image in the cache, ready to be written. */
export interface CachedImage {
  /** Path of the unpacked image, sparse. */
  file: string
  /** Bytes, a multiple of 512. */
  size: number
  /** SHA-256 of the whole content, hex. */
  sha256: string
  /** Ranges that hold data, ascending, apart, aligned to 64 KiB but for the last one's end. */
  data: ByteRange[]
  /** What lies between: zeros that must read as zeros, or (a .bmap says so) blocks that no file system uses. */
  gaps: 'zero' | 'unmapped'
  boot: BootPartition | null
  firstBoot: FirstBoot
  /** `Raspberry Pi OS (trixie)`; empty when it does not say. */
  os: string
}

/** Bytes that stand in for the image's own on one card. Ascending, apart, offsets and lengths multiples of 4096. */
export interface Patch {
  offset: number
  data: Buffer
}

export interface Progress {
  done: number
  total: number
}

export interface WriteResult {
  /** Bytes that travelled to the card. */
  written: number
  /** Bytes that were not written because the card was known to be zero there or the map says nobody reads them. */
  skipped: number
  seconds: number
}

export interface VerifyResult {
  verified: number
  seconds: number
  /** Empty when the card is good. */
  badRanges: ByteRange[]
}

/** An open card: exclusively ours until it is closed, and looked at again after it was opened. */
export interface OpenCard {
  readonly identity: CardIdentity
  /** File descriptor, O_RDWR | O_EXCL | O_DIRECT. */
  readonly fd: number
  close(): Promise<void>
}
