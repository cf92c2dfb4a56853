/** Which process is which: a pid alone lies once the number was given to another program. */
import { readFile } from 'node:fs/promises'
import { run } from '@bramble/process'

/** A process, told apart from a later one with the same pid by the moment it started. */
export interface Identity {
  pid: number
  /** Start time as the system words it; opaque. */
  born: string
}

/** The identity of a live process; undefined when there is none (a zombie counts as none). */
export async function identify(pid: number): Promise<Identity | undefined> {
  if (process.platform === 'linux') {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
    if (stat === undefined) return undefined
    const { state, startTicks } = parseStat(stat)
    if (state === 'Z' || state === 'X') return undefined
    const boot = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '')).trim()
    return { pid, born: `${boot}/${startTicks}` }
  }
  const found = await run(['ps', '-o', 'stat=,lstart=', '-p', String(pid)], { env: { LC_ALL: 'C' } })
  const text = found.stdout.trim()
  if (found.code !== 0 || text === '' || text.startsWith('Z')) return undefined
  return { pid, born: text.replace(/^\S+\s+/, '') }
}

/** Fields of /proc/PID/stat; the command name between the brackets may hold spaces and brackets itself. */
export function parseStat(stat: string): { state: string; startTicks: string } {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return { state: fields[0] ?? '', startTicks: fields[19] ?? '' }
}

/** Is this very process still running? */
export async function isAlive(identity: Identity): Promise<boolean> {
  return (await identify(identity.pid))?.born === identity.born
}

/** Ends a process that is not our child: the signals in turn, each with its patience in milliseconds. */
export async function end(identity: Identity, steps: readonly [NodeJS.Signals, number][]): Promise<void> {
  for (const [signal, patience] of steps) {
    if (!(await isAlive(identity))) return
    try {
      process.kill(identity.pid, signal)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ESRCH') return
      throw error
    }
    if (await until(async () => !(await isAlive(identity)), patience)) return
  }
  if (await isAlive(identity))
    throw new Error(`Process ${identity.pid} does not stop. Check it with ps, then try again.`)
}

/** Waits until the condition holds; false when it did not within `ms`. */
export async function until(condition: () => Promise<boolean>, ms: number, every = 50): Promise<boolean> {
  const deadline = Date.now() + ms
  for (;;) {
    if (await condition()) return true
    if (Date.now() >= deadline) return false
    await new Promise((resolve) => setTimeout(resolve, every))
  }
}
