/** Figures of this moment, side by side. */
import type { ReactNode } from 'react'
import { cn } from '@/ui/cn.ts'

export function Tiles({ label, children }: { label: string; children: ReactNode }) {
  return (
    <section
      aria-label={label}
      className="grid grid-cols-2 gap-px overflow-hidden rounded-lg border border-border bg-border shadow-card sm:grid-cols-[repeat(auto-fit,minmax(11rem,1fr))]"
    >
      {children}
    </section>
  )
}

interface TileProps {
  label: string
  value: ReactNode
  note?: ReactNode
  tone?: 'warn' | 'bad' | undefined
  /** A node's colour, before the value. */
  mark?: string | undefined
}

export function Tile({ label, value, note, tone, mark }: TileProps) {
  return (
    <div className="grid min-w-0 content-start gap-0.5 bg-surface px-4 py-3">
      <p className="text-muted text-xs">{label}</p>
      <p
        className={cn(
          'numeric flex items-center gap-2 truncate font-semibold text-xl leading-tight',
          tone === 'warn' && 'text-warn',
          tone === 'bad' && 'text-bad',
        )}
      >
        {mark ? <span aria-hidden className="size-2.5 shrink-0 rounded-full" style={{ background: mark }} /> : null}
        {value}
      </p>
      <p className="min-h-4 truncate text-muted text-xs">{note}</p>
    </div>
  )
}
