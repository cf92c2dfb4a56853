/** What a command on a node says, gathered within bounds: a node can send without end. */

/** Bytes of both streams together after which nobody listens any more; the default of `ExecOptions.mostOutput`. */
export const mostOutput = 8 * 1024 * 1024
/** A longer line is handed out in parts. */
const longestLine = 64 * 1024

/** Gathers text and hands out lines; a carriage return alone also ends one (progress bars). */
export function gathered(options: { keep: number; onLine?: ((line: string) => void) | undefined }) {
  const { keep, onLine } = options
  let text = ''
  let pending = ''
  return {
    take(chunk: string) {
      text += chunk
      // Cut now and then only: each cut copies.
      if (text.length > 2 * keep) text = text.slice(-keep)
      if (!onLine) return
      const parts = (pending + chunk).split(/\r\n|\n|\r/)
      pending = parts.pop() ?? ''
      for (const part of parts) onLine(part)
      while (pending.length > longestLine) {
        onLine(pending.slice(0, longestLine))
        pending = pending.slice(longestLine)
      }
    },
    /** The last `keep` characters. */
    end(): string {
      if (pending && onLine) onLine(pending)
      return text.length > keep ? text.slice(-keep) : text
    },
  }
}
