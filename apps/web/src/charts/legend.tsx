'use client'
import { figure } from '@/format/figure.ts'
import { chart as words } from '@/live/copy.ts'
/** Names and colours of the curves with their values: at the crosshair, or now. A press hides one, a double press leaves it alone. */
import { cn } from '@/ui/cn.ts'
import { useBoard, useCrosshair, useHidden } from './board/chart-board.tsx'
import { readingAt } from './crosshair/reading.ts'
import { type Bins, type Curve, type Look, latest } from './curve.ts'

interface LegendProps {
  /** All, in their order; without values while they are awaited. */
  entries: readonly { key: string; label: string; look: Look }[]
  curves: readonly Curve[]
  bins: Bins | null
  window: { from: number; to: number }
}

export function Legend({ entries, curves, bins, window }: LegendProps) {
  const { hidden } = useBoard()
  const hiddenKeys = useHidden()
  const { at } = useCrosshair()
  const keys = entries.map(({ key }) => key)
  const pointed = bins && at !== null && at >= window.from && at <= window.to ? readingAt(bins, curves, at) : null
  function valueWords(key: string): string {
    const curve = curves.find((one) => one.key === key)
    if (!curve || !bins) return ''
    const value = pointed
      ? (pointed.values.find((one) => one.curve.key === key)?.value ?? null)
      : latest(curve, bins, window.to)
    return value === null ? '–' : figure(value, curve.unit)
  }
  return (
    <ul className="flex min-h-7 list-none flex-wrap gap-x-1 gap-y-0.5">
      {entries.map(({ key, label, look }) => {
        const off = hiddenKeys.has(key)
        return (
          <li key={key}>
            <button
              type="button"
              aria-pressed={!off}
              title={words.legendHint}
              onClick={(event) => {
                if (event.shiftKey) hidden.isolate(key, keys)
                else hidden.toggle(key)
              }}
              onDoubleClick={() => hidden.isolate(key, keys)}
              className={cn(
                'inline-flex h-7 items-center gap-1.5 rounded-md px-1.5 text-xs hover:bg-sunken',
                off && 'text-muted line-through decoration-muted',
              )}
            >
              <Swatch look={look} off={off} />
              <span className="max-w-40 truncate">{label}</span>
              <span className={cn('numeric min-w-9 text-left font-medium text-muted', off && 'invisible')}>
                {valueWords(key)}
              </span>
            </button>
          </li>
        )
      })}
    </ul>
  )
}

/** A piece of the curve: its colour and its dashes. */
function Swatch({ look, off }: { look: Look; off?: boolean }) {
  return (
    <svg width="14" height="8" viewBox="0 0 14 8" aria-hidden="true" focusable="false" className="shrink-0">
      <line
        x1="1"
        x2="13"
        y1="4"
        y2="4"
        stroke={off ? 'var(--field)' : look.colour}
        strokeWidth="3"
        strokeLinecap={look.dash ? 'butt' : 'round'}
        strokeDasharray={look.dash}
      />
    </svg>
  )
}
