/** Talking to a command that stays: over a channel of an SSH connection, or with a process of this machine. */
import type { Readable, Writable } from 'node:stream'
import type { Talk, TalkOptions } from '../engine/transport.ts'

/** A node that sends a longer line than this is not listened to any more. */
const longestLine = 4 * 1024 * 1024
const lastWords = 2_000

/** The two ends of a command, however it is reached. */
export interface Ends {
  stdin: Writable
  stdout: Readable
  stderr: Readable
  /** Calls back once, when the command has ended or cannot be reached any more. */
  onEnd: (ended: (code: number | null) => void) => void
  /** Lets go of it after its input was closed. */
  leave: () => void
}

/** `mark`: what comes before the line that ends with it is the login shell's, and is not heard. */
export function talkOver(
  { stdin, stdout, stderr, onEnd, leave }: Ends,
  onLine: TalkOptions['onLine'],
  mark?: string,
): Talk {
  let pending = ''
  let said = ''
  let begun = mark === undefined
  const hear = (line: string) => {
    if (begun) onLine(line)
    else begun = line.endsWith(mark!)
  }
  const decoder = new TextDecoder()
  stdout.on('data', (chunk: Buffer) => {
    const lines = (pending + decoder.decode(chunk, { stream: true })).split('\n')
    pending = lines.pop() ?? ''
    if (pending.length > longestLine) close()
    else for (const line of lines) hear(line)
  })
  stderr.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString('utf8')).slice(-lastWords)
    const at = mark === undefined ? -1 : said.indexOf(`${mark}\n`)
    if (at >= 0) said = said.slice(at + mark!.length + 1)
  })
  let over = false
  const ended = new Promise<{ code: number | null; stderr: string }>((resolve) =>
    onEnd((code) => {
      over = true
      const silent = begun || said.trim() !== '' || code === null
      resolve({ code, stderr: silent ? said : 'The login shell ended before it ran the command: check ~/.bashrc.' })
    }),
  )
  // What breaks while writing ends the talk as well, and that is told there.
  for (const stream of [stdin, stdout, stderr]) stream.on('error', () => undefined)
  function close() {
    pending = ''
    if (over) return
    stdin.end()
    leave()
  }
  return {
    say(text) {
      if (!over) stdin.write(text)
    },
    ended,
    close,
  }
}
