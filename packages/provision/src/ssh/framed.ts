/**
 * A command between two marks. The login shell of a Pi may print (or end) before the command runs, and a trap of its own
 * may print afterwards: only what stands between the marks is the command's output.
 */
import { randomBytes } from 'node:crypto'

/** Nobody can guess it, so nothing that a node prints can look like it. */
export const newMark = (): string => `bramble-${randomBytes(12).toString('hex')}`

/** No backslash and no line break: fish and csh read them in their own way. */
const aroundIt = 'umask 022;export LC_ALL=C.UTF-8;echo "$0";echo "$0">&2;"$@";c=$?;echo "$0";echo "$0">&2;exit $c'
const beforeIt = 'umask 022;export LC_ALL=C.UTF-8;echo "$0";echo "$0">&2;exec "$@"'

/** The same command with a mark before and after its output. Modes of what it makes do not hang on the user's umask. */
export const framed = (argv: readonly string[], mark: string): string[] => ['sh', '-c', aroundIt, mark, ...argv]

/** For a command that stays: one mark before its output, and no shell that waits beside it. */
export const opened = (argv: readonly string[], mark: string): string[] => ['sh', '-c', beforeIt, mark, ...argv]

/** Of what came before the mark so much is kept, to tell why the command did not start. */
const mostNoise = 2_000

export interface Between {
  /** True as soon as the first mark was seen: the command has started. */
  readonly started: boolean
  /** The last words before the first mark. */
  readonly noise: string
  feed(text: string): void
  /** The stream is over: what was held back because it could be a mark is handed out. */
  end(): void
}

/** Characters at the end of a text that may be the beginning of this word. No more is held back: a line that is whole is told. */
function begunOf(word: string, text: string): number {
  for (let length = Math.min(word.length - 1, text.length); length > 0; length--)
    if (text.endsWith(word.slice(0, length))) return length
  return 0
}

/** Hands `take` what stands between the marks of a stream. */
export function between(mark: string, take: (text: string) => void): Between {
  const closing = `${mark}\n`
  let state: 'before' | 'inside' | 'after' = 'before'
  let held = ''
  let noise = ''
  return {
    get started() {
      return state !== 'before'
    },
    get noise() {
      return noise + (state === 'before' ? held : '')
    },
    feed(text) {
      held += text
      if (state === 'before') {
        const at = held.indexOf(`${mark}\n`)
        if (at < 0) {
          noise = (noise + held.slice(0, -mark.length)).slice(-mostNoise)
          held = held.slice(-mark.length)
          return
        }
        noise = (noise + held.slice(0, at)).slice(-mostNoise)
        held = held.slice(at + mark.length + 1)
        state = 'inside'
      }
      if (state === 'after') {
        held = ''
        return
      }
      const at = held.indexOf(closing)
      const safe = at < 0 ? held.length - begunOf(closing, held) : at
      if (safe > 0) take(held.slice(0, safe))
      held = at < 0 ? held.slice(safe) : ''
      if (at >= 0) state = 'after'
    },
    end() {
      if (state === 'inside' && held) take(held)
      if (state === 'inside') held = ''
    },
  }
}
