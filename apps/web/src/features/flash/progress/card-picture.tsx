/** A memory card as it lies on the table: label side up, contacts hidden, one corner cut. */
import type { CardContents } from '@bramble/cluster'
import { cn } from '@/ui/cn.ts'

const labels: Record<CardContents['kind'], string> = {
  blank: 'fill-plate',
  bramble: 'fill-primary',
  'raspberry-pi-os': 'fill-ok',
  other: 'fill-info',
  unknown: 'fill-warn',
}

/** Decorative: what is on it stands in words beside it. */
export function CardPicture({ kind, className }: { kind: CardContents['kind']; className?: string }) {
  return (
    <svg
      viewBox="0 0 48 60"
      className={cn('block h-auto w-11 shrink-0', className)}
      aria-hidden="true"
      focusable="false"
    >
      <path
        d="M6 2 H34 L46 14 V54 a4 4 0 0 1 -4 4 H6 a4 4 0 0 1 -4 -4 V6 a4 4 0 0 1 4 -4 Z"
        className="fill-part stroke-field/60"
      />
      <path
        d="M6 2 H34 L46 14 V15.5 L33.5 3.5 H6 a3 3 0 0 0 -3.5 3 a4.5 4.5 0 0 1 3.5 -4.5 Z"
        className="fill-white/25"
      />
      {[8, 14.5, 21, 27.5].map((x) => (
        <rect key={x} x={x} y="5.5" width="4" height="8.5" rx="1" className="fill-brass" />
      ))}
      <rect x="7" y="22" width="34" height="30" rx="2.5" className="fill-surface" />
      <rect x="7" y="22" width="34" height="8" rx="2.5" className={labels[kind]} />
      <rect x="11" y="36" width="22" height="2.4" rx="1.2" className="fill-border" />
      <rect x="11" y="42" width="15" height="2.4" rx="1.2" className="fill-border" />
    </svg>
  )
}
