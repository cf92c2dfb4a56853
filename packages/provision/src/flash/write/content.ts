/** What a card shall hold: the cached image's bytes with one card's patches laid over. */
import { type FileHandle, open } from 'node:fs/promises'
import { Trouble } from '../../engine/types.ts'
import type { ByteRange, CachedImage, Patch } from '../types.ts'

export class Content {
  readonly #image: FileHandle
  readonly #size: number
  readonly #patches: readonly Patch[]

  private constructor(image: FileHandle, size: number, patches: readonly Patch[]) {
    this.#image = image
    this.#size = size
    this.#patches = patches
  }

  /** All cards read the one file through the kernel's page cache, so it comes from the disk once. */
  static async open({ file, size }: CachedImage, patches: readonly Patch[]): Promise<Content> {
    const image = await open(file, 'r').catch((error: Error) => {
      throw new Trouble(
        'image-missing',
        `The image ${file} cannot be read: ${error.message}.`,
        'Select the image again: it is unpacked again.',
      )
    })
    const now = (await image.stat()).size
    if (now >= size) return new Content(image, size, patches)
    await image.close()
    throw new Trouble(
      'image-truncated',
      `The image ${file} has ${now} bytes instead of ${size}.`,
      'Remove it from the cache and choose it again.',
    )
  }

  /** Fills `memory` with the bytes from `offset` on; beyond the image's end they are zeros. */
  async fill(memory: Buffer, offset: number): Promise<void> {
    const inside = Math.max(0, Math.min(memory.length, this.#size - offset))
    for (let at = 0; at < inside; ) {
      const { bytesRead } = await this.#image.read(memory, at, inside - at, offset + at)
      if (bytesRead === 0)
        throw new Trouble(
          'image-truncated',
          'The image file was shortened while it was read.',
          'Select the image again.',
        )
      at += bytesRead
    }
    memory.fill(0, inside)
    for (const patch of this.#patches) lay(patch, memory, { offset, length: memory.length })
  }

  async close(): Promise<void> {
    await this.#image.close()
  }
}

function lay(patch: Patch, memory: Buffer, { offset, length }: ByteRange): void {
  const from = Math.max(patch.offset, offset)
  const to = Math.min(patch.offset + patch.data.length, offset + length)
  if (from < to) patch.data.copy(memory, from - offset, from - patch.offset, to - patch.offset)
}
