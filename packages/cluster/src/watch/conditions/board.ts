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
          words: `${name} is at ${Math.round(temperature)} °C: from 80 °C on a Pi slows itself down, and heat ages its card.`,
          cure: `Give ${name} air: a fan or a heat sink, and space to the next Pi on the shelf. If it has a fan, see whether it turns.`,
        }),
      )
    if (power?.undervoltage)
      all.push(
        found('undervoltage', {
          node: name,
          words: `${name} gets too little voltage right now (below 4.63 V): writes to its card may be damaged, and it may restart.`,
          cure: `Give ${name} a better supply (5.1 V, 3 A; 5 A for a Pi 5) and a short, thick cable; take USB disks off it.`,
        }),
      )
    if (power?.throttled || power?.capped)
      all.push(
        found('throttled', {
          node: name,
          words: `${name} is slowed down by its firmware${power.undervoltage ? ' because its supply is too weak' : temperature !== null && temperature >= 80 ? ` because it is at ${Math.round(temperature)} °C` : ''}: everything on it takes longer.`,
          cure: power.undervoltage
            ? `Give ${name} a better supply and cable.`
            : `Give ${name} air, or less to do; on ${name}, “vcgencmd get_throttled” says what the firmware sees.`,
        }),
      )
    const swap = memoryTotal > 0 ? swapUsed / memoryTotal : 0
    const short = memoryUsed >= limit(look, 'memory', 'used')
    if (short || swap >= limit(look, 'memory', 'swap'))
      all.push(
        found('memory', {
          node: name,
          value: short ? memoryUsed : swap,
          words: `${name} uses ${percentText(memoryUsed)} of its ${sizeText(memoryTotal)} of RAM and has swapped ${sizeText(swapUsed)} out: next, the kernel ends a program to make room.`,
          cure: `On ${name}, “ps -eo rss,comm --sort=-rss | head” names the largest; move a role to a Pi with more memory, or make the application smaller.`,
        }),
      )
    return all
  })
}
