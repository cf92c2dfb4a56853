/** Facts about systemd units. */
import { z } from 'zod'
import type { Fact } from '../engine/types.ts'

export interface UnitState {
  /** systemd's LoadState: loaded, not-found, masked. */
  load: string
  /** systemd's ActiveState: active, inactive, failed, activating. */
  active: string
  /** systemd's UnitFileState: enabled, disabled, masked, static, or empty. */
  enabled: string
  /** Changes with every start of the unit. */
  invocation: string
  /** Seconds since 1970 when it was last started; 0 when it never was. */
  since: number
  /** What Bramble recorded at the last start or reload: digest of the files loaded, and the invocation; null: nothing. */
  loaded: { digest: string; invocation: string } | null
}

const Word = z.string().max(300)
const Answer = z.object({
  load: Word,
  active: Word,
  enabled: Word,
  invocation: Word,
  since: z.number(),
  loaded: z.object({ digest: Word, invocation: Word }).nullable(),
})

export function unitState(unit: string): Fact<UnitState> {
  return { key: `unit ${unit}`, query: { kind: 'unit', unit }, read: (answer) => Answer.parse(answer) }
}
