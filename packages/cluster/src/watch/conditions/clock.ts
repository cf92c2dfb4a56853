/** Clocks that do not agree with that of the worker, which may itself be the one that is wrong. */
import { spanText } from '../figures.ts'
import { type Found, found, type Look, levelAt, limit, machines } from './look.ts'

/** The name stands for all nodes at once. */
export const everyClock = 'every node'

export function clock(look: Look): Found[] {
  const seen = machines(look)
  const off = seen.flatMap(({ name, machine: { clockOffset, clockSynced } }) => {
    const level = levelAt(
      Math.abs(clockOffset),
      limit(look, 'clock-off', 'warning'),
      limit(look, 'clock-off', 'critical'),
    )
    if (!level && clockSynced !== false) return []
    return [{ name, clockOffset, level: level ?? ('warning' as const), far: level !== null }]
  })
  const each = off.map(({ name, clockOffset, level, far }) =>
    found('clock-off', {
      node: name,
      level,
      value: Math.abs(clockOffset),
      words: far
        ? `The clock of ${name} is ${spanText(clockOffset)} ${clockOffset > 0 ? 'ahead' : 'behind'}: its certificates, leases, and logs do not match the others'.`
        : `${name} has no time server: its clock is right now, but will drift.`,
      cure: `On ${name}, “chronyc tracking” and “chronyc sources” show its time source; “sudo chronyc makestep” sets it at once. It must reach a time server on the network or the internet.`,
    }),
  )
  const far = off.filter((entry) => entry.far)
  const sameWay = far.every(({ clockOffset }) => clockOffset > 0) || far.every(({ clockOffset }) => clockOffset < 0)
  const spread = Math.max(...far.map(({ clockOffset }) => clockOffset)) - Math.min(...far.map((e) => e.clockOffset))
  if (far.length < 2 || far.length < seen.length || !sameWay || spread > limit(look, 'clock-off', 'warning'))
    return each
  const { clockOffset, level } = far[0]!
  const own = found('clock-off', {
    subject: everyClock,
    level,
    value: Math.abs(clockOffset),
    words: `All ${far.length} nodes agree with each other and are ${spanText(clockOffset)} ${clockOffset > 0 ? 'ahead of' : 'behind'} the machine that Bramble's worker runs on: its own clock is wrong.`,
    cure: "Set the clock of Bramble's machine: “timedatectl” there shows whether it uses a time server.",
  })
  return [own, ...each]
}
