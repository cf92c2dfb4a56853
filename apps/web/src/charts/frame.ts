/** Where the plot lies within a chart, in pixels: the same for all, so that moments stand one below the other. */
export const frame = { left: 58, right: 10, top: 14, bottom: 24 } as const

export interface Box {
  left: number
  top: number
  width: number
  height: number
}

/** The plot of a chart of this size. */
export function plotBox(width: number, height: number): Box {
  return {
    left: frame.left,
    top: frame.top,
    width: Math.max(0, width - frame.left - frame.right),
    height: Math.max(0, height - frame.top - frame.bottom),
  }
}
