/** What the firmware says of power and heat, in sentences: now first, then since the boot. Pure. */
import type { MachineState } from '@bramble/cluster'
import type { Tone } from '@/ui/badge.tsx'
import { node as words } from './copy.ts'

export function powerWords(power: MachineState['power']): { text: string; tone: Tone }[] {
  if (power === null) return [{ text: words.powerNone, tone: 'neutral' }]
  const found: { text: string; tone: Tone }[] = []
  if (power.undervoltage) found.push({ text: words.powerNow.undervoltage, tone: 'bad' })
  if (power.throttled) found.push({ text: words.powerNow.throttled, tone: 'bad' })
  else if (power.capped) found.push({ text: words.powerNow.capped, tone: 'warn' })
  if (power.undervoltageSinceBoot && !power.undervoltage)
    found.push({ text: words.powerSince.undervoltage, tone: 'warn' })
  if (power.throttledSinceBoot && !power.throttled) found.push({ text: words.powerSince.throttled, tone: 'warn' })
  return found.length > 0 ? found : [{ text: words.powerGood, tone: 'ok' }]
}
