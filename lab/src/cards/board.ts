/**
 * A node's board: what a Pi's firmware says of heat and power, and what its kernel says of the card. The lab lays a `vcgencmd`
 * and a kernel log over the node's own, so that what asks a real Pi asks the lab in the same words.
 */
import { appendFile, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

export interface Board {
  /** °C */
  temperature: number
  undervoltage: boolean
  throttled: boolean
}

export interface BoardChange extends Partial<Board> {
  /** Errors of the card that the kernel reports now. */
  cardErrors?: number
}

export const calm: Board = { temperature: 48.3, undervoltage: false, throttled: false }

/** As the firmware of a Raspberry Pi answers; `/run/lab` is the folder that the lab shows to the node. */
const vcgencmd = `#!/bin/sh
# The board of a virtual Pi.
. "\${BRAMBLE_LAB_BOARD:-/run/lab/board}"
case "$1" in
  get_throttled) echo "throttled=$throttled" ;;
  measure_temp) echo "temp=$temperature'C" ;;
  measure_clock) echo "frequency(48)=$clock" ;;
  *) echo 'error=1 error_msg="Command not registered"' ;;
esac
`

const files = (folder: string) => ({
  board: join(folder, 'board'),
  program: join(folder, 'vcgencmd'),
  log: join(folder, 'kmsg'),
})

/** Arguments for systemd-nspawn that lay program and log of the folder over the node's. */
export const boardBinds = (folder: string): string[] => [
  `--bind-ro=${files(folder).program}:/usr/bin/vcgencmd`,
  `--bind-ro=${files(folder).log}:/dev/kmsg`,
]

/** The board as it is when the node gets power: nothing has happened since. */
export async function fitBoard(folder: string, board: Board): Promise<void> {
  const { program, log } = files(folder)
  await writeFile(program, vcgencmd, { mode: 0o755 })
  await writeFile(log, '')
  await tell(folder, board, 0)
}

/** Changes a board that has power; the firmware remembers until it loses it. */
export async function changeBoard(folder: string, board: Board, cardErrors: number): Promise<void> {
  const before = /^throttled=(\S+)$/m.exec(await readFile(files(folder).board, 'utf8').catch(() => ''))?.[1]
  await tell(folder, board, Number(before ?? 0))
  await appendFile(files(folder).log, Array.from({ length: cardErrors }, (_, at) => ioError(at)).join(''))
}

/** Bits of now are the lowest four, those of then the four from 16 on. */
async function tell(folder: string, board: Board, before: number): Promise<void> {
  const now = (board.undervoltage ? 0b0001 : 0) | (board.throttled ? 0b0110 : 0)
  const word = now | (now << 16) | (before & 0xf0000)
  const { board: file } = files(folder)
  const clock = board.throttled ? 600_000_000 : 1_500_000_000
  // Renamed into place: the node reads while it is written.
  await writeFile(
    `${file}.new`,
    `temperature=${board.temperature.toFixed(1)}\nthrottled=0x${word.toString(16)}\nclock=${clock}\n`,
  )
  await rename(`${file}.new`, file)
}

/** A line of the kernel's log as /dev/kmsg has it: priority 3 (error) of facility 0 (kernel), number, microseconds. */
function ioError(at: number): string {
  const microseconds = Math.round(process.uptime() * 1e6) + at
  const sector = 2_099_200 + 8 * at
  return `3,${1000 + at},${microseconds},-;I/O error, dev mmcblk0, sector ${sector} op 0x0:(READ) flags 0x80700 phys_seg 1 prio class 2\n`
}
