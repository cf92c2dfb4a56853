/** The card or disk that the system runs from: room, errors, wear. */
import { countText, percentText, sizeText } from '../figures.ts'
import { type Found, found, type Look, levelAt, limit, machines } from './look.ts'

export function card(look: Look): Found[] {
  return machines(look).flatMap(({ name, machine, state }) => {
    const all: Found[] = []
    const { diskFree, diskTotal } = machine
    const used = diskTotal > 0 ? 1 - diskFree / diskTotal : 0
    const full = levelAt(used, limit(look, 'disk-full', 'warning'), limit(look, 'disk-full', 'critical'))
    if (full) {
      const slot = state.postgres?.slots.toSorted((a, b) => b.retained - a.retained)[0]
      const held = slot && slot.retained > diskTotal * 0.05 ? slot : null
      all.push(
        found('disk-full', {
          node: name,
          level: full,
          value: used,
          words: `The disk of ${name} is ${percentText(used)} full: ${sizeText(diskFree)} of ${sizeText(diskTotal)} are free. At 0, the services on it stop${state.postgres ? ', PostgreSQL first' : ''}.`,
          cure: held
            ? `The slot ${held.name} retains ${sizeText(held.retained)} of WAL: bring its replica back, or drop the slot.`
            : `On ${name}, “sudo du -xh --max-depth=3 / | sort -h | tail” lists what is large; “sudo journalctl --vacuum-size=50M” and “sudo apt-get clean” free some space at once.`,
        }),
      )
    }
    const { errors, wear, readOnly } = machine.card
    if (readOnly)
      all.push(
        found('card-read-only', {
          node: name,
          words: `The kernel on ${name} mounted its card read-only after errors: nothing can be written to it.`,
          cure: `Replace the card of ${name}: flash a new one for it, then provision. Its data comes back from the other nodes; a reboot rarely helps for long.`,
        }),
      )
    const bad = levelAt(errors, limit(look, 'card-errors', 'warning'), limit(look, 'card-errors', 'critical'))
    if (bad)
      all.push(
        found('card-errors', {
          node: name,
          level: bad,
          value: errors,
          words: `The kernel on ${name} counted ${countText(errors, 'error')} on its card since it booted: data on it may be damaged.`,
          cure: `Prepare a new card for ${name}, flash it, and provision. Then discard this one. “dmesg | grep -iE 'mmc|I/O error'” on ${name} shows the errors.`,
        }),
      )
    const worn =
      wear === null ? null : levelAt(wear, limit(look, 'card-worn', 'warning'), limit(look, 'card-worn', 'critical'))
    if (worn && wear !== null)
      all.push(
        found('card-worn', {
          node: name,
          level: worn,
          value: wear,
          words: `The card of ${name} reports that ${percentText(wear)} of its life is used up.`,
          cure: `Replace it soon: flash a new card for ${name}, then provision; its data comes back from the other nodes.`,
        }),
      )
    return all
  })
}
