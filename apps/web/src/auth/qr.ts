import { encode } from 'uqr'

/** A QR code as one SVG path in a square of `size` modules, its quiet zone included. */
export interface QrCode {
  size: number
  path: string
}

export function qrCode(text: string): QrCode {
  const { data, size } = encode(text, { border: 4, ecc: 'M' })
  const path = data.flatMap((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : ''))).join('')
  return { size, path }
}
