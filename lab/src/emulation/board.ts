/** The machine that a card is put into: which image it boots, and what QEMU needs to be it. */
import type { RootOptions } from './root.ts'

export interface Board {
  /** For people: `a Raspberry Pi 3B`. */
  name: string
  /** Path of an image for it, built when missing. */
  image(options: RootOptions): Promise<string>
  /** QEMU's argv but for network and console. What the board reads off the card is copied to `folder`. */
  hardware(input: { card: string; folder: string; mac: string }): Promise<readonly string[]>
}
