/** The board and what it runs on: heat, power, memory. */
import { percentText, sizeText } from '../figures.ts'
import { type Found, found, type Look, levelAt, limit, machines } from './look.ts'

export function board(look: Look): Found[] {
  return machines(look).flatMap(({ name, machine: { temperature, power, memoryUsed, memoryTotal, swapUsed } }) => {
    const all: Found[] = []
    const hot =
      temperature === null
        ? null
        : levelAt(temperature, limit(look, 'temperature', 'warning'), limit(look, 'temperature', 'critical'))
    if (hot && temperature !== null)
      all.push(
        found('temperature', {
          node: name,
          level: hot,
          value: temperature,
          words: `${name} is at ${Math.round(temperature)} °C: a Pi throttles from 80 °C, and heat ages its card.`,
          cure: `Cool ${name} with a fan or a heat sink, and leave space to the next Pi. If it has a fan, check that it turns.`,
        }),
      )
    if (power?.undervoltage)
      all.push(
        found('undervoltage', {
          node: name,
          words: `${name} has undervoltage right now (below 4.63 V): writes to its card may be damaged, and it may restart.`,
          cure: `Give ${name} a better power supply (5.1 V, 3 A; 5 A for a Pi 5) and a short, thick cable; disconnect USB disks.`,
        }),
      )
    if (power?.throttled || power?.capped)
      all.push(
        found('throttled', {
          node: name,
          words: `${name} is throttled by its firmware${power.undervoltage ? ' because its power supply is too weak' : temperature !== null && temperature >= 80 ? ` because it is at ${Math.round(temperature)} °C` : ''}: everything on it takes longer.`,
          cure: power.undervoltage
            ? `Give ${name} a better power supply and cable.`
            : `Cool ${name}, or reduce its load. On ${name}, “vcgencmd get_throttled” shows what the firmware reports.`,
        }),
      )
    const swap = memoryTotal > 0 ? swapUsed / memoryTotal : 0
    const short = memoryUsed >= limit(look, 'memory', 'used')
    if (short || swap >= limit(look, 'memory', 'swap'))
      all.push(
        found('memory', {
          node: name,
          value: short ? memoryUsed : swap,
          words: `${name} uses ${percentText(memoryUsed)} of its ${sizeText(memoryTotal)} of RAM and has swapped out ${sizeText(swapUsed)}; the kernel may kill a process to free memory.`,
          cure: `On ${name}, “ps -eo rss,comm --sort=-rss | head” lists the largest processes. Move a role to a Pi with more memory, or make the application smaller.`,
        }),
      )
    return all
  })
}
