/** The machine: load, memory, disk, network, board, card, clock and upkeep. */
import { Ipv4, type MachineState, type Sample } from '@bramble/cluster'
import { z } from 'zod'
import { type Asked, atMost, flag, measured, rates } from './reading.ts'

/** Counters of the kernel. A container leaves out what is its host's. */
export const Machine = z.object({
  boot: z.string().max(100),
  uptime: z.number(),
  cpus: z.int().min(1),
  load: z.number(),
  memory: z.object({ total: z.number(), available: z.number(), swap: z.number() }),
  /** The fullest file system that the cluster writes to. */
  disk: z.object({ total: z.number(), free: z.number() }),
  net: z.object({ received: z.number(), sent: z.number() }),
  addresses: z.array(z.string()).max(200),
  readOnly: z.boolean(),
  /** user, nice, system, idle, iowait, irq, softirq, steal … in hundredths of a second. */
  cpuTicks: z.array(z.number()).min(5).optional(),
  /** What a container used of all CPUs. */
  cpuSeconds: z.number().nullish(),
  io: z.object({ read: z.number(), write: z.number(), busy: z.number() }).optional(),
})
export type Machine = z.infer<typeof Machine>

export const Board = z.object({
  temperature: z.number().nullable(),
  frequency: z.number().nullable(),
  /** `vcgencmd get_throttled`; null: no such board. */
  throttled: z.int().nullable(),
})
export type Board = z.infer<typeof Board>

export const CardHealth = z.object({ errors: z.int(), wear: z.number().nullable() })
export const Units = z.record(z.string().max(100), z.string().max(50))
export const Upkeep = z.object({
  clockSynced: z.boolean().nullable(),
  /** As it stands in the certificate. */
  certificateFrom: z.string().max(20).nullish(),
  certificateUntil: z.string().max(20).nullable(),
  rebootRequired: z.boolean(),
  /** `at`: seconds since 1970. */
  keptData: z.object({ path: z.string().max(300), at: z.int(), bytes: z.number() }).nullish(),
})
const Packages = z.array(z.string().max(128)).max(300)
/** Null: apt has no lists yet. */
export const Upgrades = z.object({ packages: Packages, security: Packages }).nullable()

export interface MachineBesides {
  board: Board | null
  card: z.infer<typeof CardHealth> | null
  units: z.infer<typeof Units> | null
  upkeep: z.infer<typeof Upkeep> | null
  upgrades: z.infer<typeof Upgrades>
  /** Seconds that the node's clock is ahead. */
  clockOffset: number
  /** Milliseconds. */
  roundTrip: number
  /** What the watching itself takes there: a fraction of one CPU, bytes. */
  watchCpu: number | undefined
  watchMemory: number
}

export function collectMachine(
  asked: Asked<Machine>,
  { board, card, units, upkeep, upgrades, ...besides }: MachineBesides,
): { state: MachineState; samples: Sample[] } {
  const { node, now } = asked
  const { boot, uptime, cpus, load, memory, disk, addresses, readOnly } = now.value
  // A node that came back has begun to count anew.
  const rate = rates({ now, before: asked.before?.value.boot === boot ? asked.before : null })
  const { cpu, iowait } = processor(asked)
  const power = powerOf(board?.throttled ?? null)
  const state: MachineState = {
    bootId: boot,
    uptime,
    cpu: cpu ?? null,
    cpus,
    load1: load,
    memoryUsed: part(memory.total - memory.available, memory.total),
    memoryTotal: memory.total,
    swapUsed: Math.max(0, memory.swap),
    diskFree: disk.free,
    diskTotal: disk.total,
    temperature: board?.temperature ?? null,
    power,
    clockOffset: besides.clockOffset,
    clockSynced: upkeep?.clockSynced ?? null,
    addresses: addresses.filter((address) => Ipv4.safeParse(address).success),
    card: { errors: card?.errors ?? 0, wear: card?.wear ?? null, readOnly },
    pendingUpgrades: upgrades?.packages.length ?? null,
    upgradable: upgrades?.packages ?? [],
    securityUpgrades: upgrades?.security ?? [],
    rebootRequired: upkeep?.rebootRequired ?? false,
    keptData: keptDataOf(upkeep?.keptData ?? null),
    certificateFrom: certificateTime(upkeep?.certificateFrom ?? null),
    certificateUntil: certificateTime(upkeep?.certificateUntil ?? null),
    units: units ?? {},
  }
  const values = measured({
    cpu,
    iowait,
    load1: load,
    memoryUsed: state.memoryUsed,
    memoryTotal: memory.total,
    swapUsed: state.swapUsed,
    diskUsed: part(disk.total - disk.free, disk.total),
    diskFree: disk.free,
    diskRead: rate(({ io }) => io?.read),
    diskWrite: rate(({ io }) => io?.write),
    diskBusy: atMost(
      1,
      rate(({ io }) => io?.busy),
    ),
    netIn: rate(({ net }) => net.received),
    netOut: rate(({ net }) => net.sent),
    temperature: state.temperature,
    frequency: board?.frequency,
    undervoltage: flag(power?.undervoltage ?? null),
    throttled: flag(power ? power.throttled || power.capped : null),
    clockOffset: besides.clockOffset,
    pendingUpgrades: upgrades?.packages.length,
    cardErrors: card?.errors,
    cardWear: card?.wear,
    uptime,
    watchCpu: besides.watchCpu,
    watchMemory: besides.watchMemory,
    roundTrip: besides.roundTrip,
  })
  return { state, samples: [{ kind: 'node', node, name: '', values }] }
}

function keptDataOf(kept: NonNullable<z.infer<typeof Upkeep>['keptData']> | null): MachineState['keptData'] {
  return kept && { ...kept, at: new Date(kept.at * 1000).toISOString() }
}

const part = (some: number, all: number): number => (all > 0 ? Math.min(1, Math.max(0, some / all)) : 0)

function processor({ now, before }: Asked<Machine>): { cpu?: number; iowait?: number } {
  if (!before || before.value.boot !== now.value.boot) return {}
  const [from, to] = [before.value.cpuTicks, now.value.cpuTicks]
  if (from && to) {
    const spent = to.slice(0, 8).map((ticks, at) => ticks - (from[at] ?? 0))
    const total = spent.reduce((sum, ticks) => sum + ticks, 0)
    if (total <= 0) return {}
    const [idle, iowait] = [spent[3]!, spent[4]!]
    return { cpu: part(total - idle - iowait, total), iowait: part(iowait, total) }
  }
  const seconds = now.since - before.since
  if (now.value.cpuSeconds == null || before.value.cpuSeconds == null || seconds <= 0) return {}
  return { cpu: part(now.value.cpuSeconds - before.value.cpuSeconds, seconds * now.value.cpus) }
}

/** Bits of the firmware's word: now in the lowest four, since the boot in the four from 16 on. */
function powerOf(word: number | null): MachineState['power'] {
  if (word === null) return null
  const bit = (at: number) => ((word >> at) & 1) === 1
  return {
    undervoltage: bit(0),
    capped: bit(1) || bit(3),
    throttled: bit(2),
    undervoltageSinceBoot: bit(16),
    throttledSinceBoot: bit(18),
  }
}

/** `271125085337Z` or `20591125085337Z` as ISO time; two digits mean 1950 to 2049. */
function certificateTime(text: string | null): string | null {
  const found = /^(\d{2}|\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})Z$/.exec(text ?? '')
  if (!found) return null
  const [, year, month, day, hour, minute, second] = found
  const full = year!.length === 4 ? year : `${Number(year) < 50 ? 20 : 19}${year}`
  return `${full}-${month}-${day}T${hour}:${minute}:${second}.000Z`
}
