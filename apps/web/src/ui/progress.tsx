import { cn } from './cn.ts'

interface ProgressProps {
  /** 0–1; null when nobody knows: the bar then breathes. */
  value: number | null
  label: string
  tone?: 'primary' | 'ok' | 'warn' | 'bad'
  className?: string
}

const fills = { primary: 'bg-primary', ok: 'bg-ok', warn: 'bg-warn', bad: 'bg-bad' }

export function Progress({ value, label, tone = 'primary', className }: ProgressProps) {
  const share = value === null ? 1 : Math.min(1, Math.max(0, value))
  return (
    <div
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={value === null ? undefined : Math.round(share * 100)}
      className={cn('h-1.5 w-full overflow-hidden rounded-full bg-border', className)}
    >
      <div
        className={cn(
          'h-full origin-left rounded-full transition-transform duration-300',
          fills[tone],
          value === null && 'animate-breathe opacity-60',
        )}
        style={{ transform: `scaleX(${share})` }}
      />
    </div>
  )
}
