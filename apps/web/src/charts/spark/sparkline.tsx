/** A curve without axes, beside a figure. Needs no library; decorative, the figure says it. */
import { cn } from '@/ui/cn.ts'
import { sparkPath } from './spark-path.ts'

interface SparklineProps {
  values: readonly (number | null)[]
  colour: string
  /** The value at the upper edge; default: the highest. */
  top?: number | undefined
  width?: number
  height?: number
  className?: string
}

export function Sparkline({ values, colour, top, width = 120, height = 28, className }: SparklineProps) {
  const { line, area } = sparkPath(values, { width, height, top })
  return (
    <svg
      viewBox={`0 0 ${width} ${height}`}
      preserveAspectRatio="none"
      className={cn('block', className)}
      style={{ height }}
      aria-hidden="true"
      focusable="false"
    >
      <path d={area} fill={colour} opacity="0.12" />
      <path
        d={line}
        fill="none"
        stroke={colour}
        strokeWidth="1.25"
        vectorEffect="non-scaling-stroke"
        strokeLinejoin="round"
      />
    </svg>
  )
}
