import { run } from '@bramble/process'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { between, framed, newMark, opened } from './framed.ts'
import { commandLine } from './quote.ts'

/** What the marks leave of a text that arrives in these parts. */
function left(mark: string, parts: readonly string[]) {
  let text = ''
  const inner = between(mark, (part) => {
    text += part
  })
  for (const part of parts) inner.feed(part)
  inner.end()
  return { text, started: inner.started, noise: inner.noise }
}

it('finds what a command prints however it is cut, whatever its shell prints around it', () => {
  fc.assert(
    fc.property(
      fc.string(),
      fc.string(),
      fc.string(),
      fc.array(fc.nat({ max: 400 })),
      (noise, output, farewell, cuts) => {
        const mark = 'bramble-0123456789abcdef'
        const whole = `${noise}${mark}\n${output}${mark}\n${farewell}`
        const at = [...new Set(cuts)].filter((cut) => cut < whole.length).sort((a, b) => a - b)
        const parts = [0, ...at].map((from, i) => whole.slice(from, at[i] ?? whole.length))
        expect(left(mark, parts)).toMatchObject({ text: output, started: true })
      },
    ),
  )
})

it('hands out a line as soon as it is whole, though nothing follows it', () => {
  const mark = newMark()
  const told: string[] = []
  const inner = between(mark, (part) => told.push(part))
  inner.feed(`${mark}\na line\n`)
  expect(told.join('')).toBe('a line\n')
  inner.feed('bramble')
  expect(told.join('')).toBe('a line\n')
  inner.feed(' is no mark\n')
  expect(told.join('')).toBe('a line\nbramble is no mark\n')
})

it.each(['echo hello; printf no-end', 'set -x', 'trap "echo bye; echo bye >&2" EXIT', 'umask 027; echo >&2 oops'])(
  'a real shell whose startup file says: %s',
  async (startup) => {
    const mark = newMark()
    const argv = framed(['sh', '-c', 'umask; echo "$LC_ALL"; printf "%s" "last words"; exit 3'], mark)
    const { code, stdout, stderr } = await run(['bash', '-c', `${startup}\n${commandLine(argv)}`])
    expect(code).toBe(3)
    // How `run` trims the last line break is not how a channel does it.
    expect(left(mark, [`${stdout}\n`]).text).toBe('0022\nC.UTF-8\nlast words')
    expect(left(mark, [`${stderr}\n`])).toMatchObject({ text: '', started: true })
  },
)

it('tells that a command never started, and what was said instead', async () => {
  const mark = newMark()
  const { stdout } = await run(['bash', '-c', `echo closed for today; exit 0; ${commandLine(framed(['true'], mark))}`])
  expect(left(mark, [stdout])).toMatchObject({ started: false, text: '', noise: expect.stringContaining('closed') })
})

it('a command that stays is the shell itself', async () => {
  const mark = newMark()
  const { stdout } = await run(opened(['sh', '-c', 'echo $PPID'], mark))
  const direct = (await run(['sh', '-c', 'echo $PPID'])).stdout
  expect(left(mark, [stdout]).text.trim()).toBe(direct.trim())
})
