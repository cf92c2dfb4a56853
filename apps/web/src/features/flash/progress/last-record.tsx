/** When a card was last written, into which Pi, how fast and how well. */
import type { CardRecordView } from '@bramble/db/flash'
import { flash, phases } from '@/features/flash/copy.ts'
import { meanRate } from '@/features/flash/figures.ts'
import { RelativeTime } from '@/ui/time.tsx'

export function LastRecord({ record }: { record: CardRecordView }) {
  const bad = record.report?.badRanges.length ?? 0
  return (
    <p className="text-muted text-xs">
      {flash.history}: {record.node} of {record.cluster}, <RelativeTime at={record.createdAt} />
      {' · '}
      {phases[record.phase].label.toLowerCase()}
      <Speeds record={record} />
      {bad > 0 && <span className="font-medium text-bad"> · {flash.run.bad(bad)}</span>}
    </p>
  )
}

function Speeds({ record }: { record: CardRecordView }) {
  const words = speedsOf(record)
  return words ? <span className="numeric"> · {words}</span> : null
}

/** `21.3 MB/s, 88.0 MB/s`: written, read back; empty when neither is known. */
export function speedsOf({ report }: CardRecordView): string {
  if (!report) return ''
  const rates = [meanRate(report.written, report.writeSeconds), meanRate(report.verified, report.verifySeconds)]
  return rates.filter(Boolean).join(', ')
}
