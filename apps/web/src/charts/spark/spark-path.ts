/** The paths of a sparkline: a gap lifts the pen. Pure. */

interface Size {
  width: number
  height: number
  top?: number | undefined
}

export function sparkPath(
  values: readonly (number | null)[],
  { width, height, top }: Size,
): { line: string; area: string } {
  const known = values.filter((value) => value !== null)
  if (known.length === 0) return { line: '', area: '' }
  const low = Math.min(0, ...known)
  const high = Math.max(top ?? 0, ...known, low + 1e-9)
  const step = values.length > 1 ? width / (values.length - 1) : 0
  const x = (at: number) => round(at * step)
  const y = (value: number) => round(height - 1 - ((value - low) / (high - low)) * (height - 2))
  const lines: string[] = []
  const areas: string[] = []
  let start: number | null = null
  const close = (end: number) => {
    if (start === null) return
    areas.push(`L${x(end)} ${height}L${x(start)} ${height}Z`)
    start = null
  }
  values.forEach((value, at) => {
    if (value === null) {
      close(at - 1)
      return
    }
    const move = `${start === null ? 'M' : 'L'}${x(at)} ${y(value)}`
    // A point without neighbours gets a hair's breadth, or it would not be seen.
    const alone = start === null && (values[at + 1] ?? null) === null ? 'h0.01' : ''
    start ??= at
    lines.push(move + alone)
    areas.push(move)
  })
  close(values.length - 1)
  return { line: lines.join(''), area: areas.join('') }
}

const round = (value: number): number => Math.round(value * 100) / 100
