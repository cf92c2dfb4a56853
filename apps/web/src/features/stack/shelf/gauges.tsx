/** Load and heat of a Pi in a hand's breadth. */
import { Thermometer } from 'lucide-react'
import type { Heat, Sight } from '@/features/topology/sight.ts'
import { gauges } from '@/features/topology/sight-copy.ts'
import { figure } from '@/format/figure.ts'
import { cn } from '@/ui/cn.ts'

const heatInk: Record<Heat, string> = { cool: 'text-foreground', warm: 'text-warn', hot: 'text-bad' }

export function Gauges({ sight }: { sight: Sight }) {
  return (
    <ul className="numeric list-none flex @xs:gap-x-4 items-center gap-x-2.5 text-xs">
      <Meter label={gauges.cpu} value={sight.cpu} />
      <Meter label={gauges.memory} value={sight.memory} />
      <li className="flex @xs:w-16 items-center justify-end gap-1">
        <span className="sr-only">{gauges.temperature}</span>
        <span
          className={cn('flex items-center gap-1 font-medium text-sm', heatInk[sight.heat])}
          title={sight.temperature === null ? gauges.noSensor : gauges.temperature}
        >
          <Thermometer className="size-4 shrink-0 @xs:block hidden text-muted" aria-hidden />
          {sight.temperature === null ? '–' : figure(Math.round(sight.temperature), 'celsius')}
        </span>
      </li>
    </ul>
  )
}

/** A bar that fills; from four fifths on it is amber. */
function Meter({ label, value }: { label: string; value: number | null }) {
  return (
    <li className="grid @xs:w-16 w-13 gap-1">
      <div className="flex items-baseline justify-between gap-1">
        <span className="text-muted">{label}</span>
        <span className="whitespace-nowrap">
          {value === null ? '–' : figure(Math.round(value * 100) / 100, 'fraction')}
        </span>
      </div>
      <div className="h-1 overflow-hidden rounded-full bg-border" aria-hidden>
        <div
          className={cn(
            'h-full origin-left rounded-full transition-transform duration-700',
            value !== null && value >= 0.9 ? 'bg-bad' : value !== null && value >= 0.8 ? 'bg-warn' : 'bg-ok',
          )}
          style={{ transform: `scaleX(${Math.min(1, value ?? 0)})` }}
        />
      </div>
    </li>
  )
}
