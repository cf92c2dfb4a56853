/** Where a card stands on its way from the reader into a Pi that answers. Pure. */
import { type FlashPhase, readerPhases } from '@bramble/cluster'
import type { CardRecordView } from '@bramble/db/flash'

/** Some are left out when they are not asked for. */
const work: readonly FlashPhase[] = readerPhases

type Timed = Pick<CardRecordView, 'phase' | 'progress' | 'createdAt' | 'writtenAt' | 'bootingAt' | 'onlineAt'>

export type StageState = 'done' | 'now' | 'next' | 'broken'

export interface Stage {
  name: 'asked' | 'written' | 'booting' | 'online'
  state: StageState
  /** ISO time at which it was reached. */
  at: string | null
}

/** Four stages; `booting` counts as passed when a Pi was found online before it had called. */
export function stagesOf(record: Timed): Stage[] {
  const times = [
    ['asked', record.createdAt],
    ['written', record.writtenAt],
    ['booting', record.bootingAt ?? record.onlineAt],
    ['online', record.onlineAt],
  ] as const
  const broken = record.phase === 'failed' || record.phase === 'cancelled'
  const next = times.findIndex(([, at]) => at === null)
  return times.map(([name, at], index) => ({
    name,
    at,
    state: at !== null ? 'done' : index !== next ? 'next' : broken ? 'broken' : 'now',
  }))
}

export interface Tally {
  cards: number
  /** Written and read back, whatever came after. */
  written: number
  online: number
  failed: number
  cancelled: number
  /** Still in the reader and at work. */
  going: number
}

export function tally(records: readonly Timed[]): Tally {
  const count = (test: (record: Timed) => boolean) => records.filter(test).length
  return {
    cards: records.length,
    written: count((record) => record.writtenAt !== null),
    online: count((record) => record.phase === 'online'),
    failed: count((record) => record.phase === 'failed'),
    cancelled: count((record) => record.phase === 'cancelled'),
    going: count((record) => work.includes(record.phase)),
  }
}

/** Bytes of all cards together while they are written and read back: two passes each. Null: not known yet. */
export function wholeProgress(records: readonly Timed[]): { share: number; rate: number; left: number | null } | null {
  const totals = records.map((record) => record.progress?.total ?? 0)
  const size = Math.max(0, ...totals)
  if (size === 0) return null
  let done = 0
  let rate = 0
  let left: number | null = null
  for (const { phase, progress, writtenAt } of records) {
    if (writtenAt !== null || !work.includes(phase)) done += 2 * size
    else if (phase === 'ejecting') done += 2 * size
    else if (phase === 'verifying') done += size + (progress?.done ?? 0)
    else if (phase === 'writing') done += progress?.done ?? 0
    if (phase !== 'writing' && phase !== 'verifying') continue
    rate += progress?.rate ?? 0
    // Reading back still comes after writing; it takes about as long at worst.
    const rest = progress?.left ?? null
    const mine = rest === null ? null : phase === 'writing' ? rest + size / Math.max(1, progress?.rate ?? 1) : rest
    if (mine !== null) left = Math.max(left ?? 0, mine)
  }
  return { share: Math.min(1, done / (2 * size * records.length)), rate, left }
}
