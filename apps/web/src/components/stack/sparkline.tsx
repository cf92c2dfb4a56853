/** A course in a thumb's breadth. What was not measured is a gap. Decorative: the figure stands beside it. */
import { cn } from '@/components/ui/cn.ts'
import type { Course } from './flow.ts'

interface SparklineProps {
  course: Course
  /** The lowest top: a line that trembles near zero stays low. */
  least: number
  className?: string
}

const width = 120
const height = 28

export function Sparkline({ course, least, className }: SparklineProps) {
  const known = course.flatMap((value) => (value === null ? [] : [value]))
  const top = Math.max(least, ...known)
  const x = (at: number) => (course.length < 2 ? 0 : (at / (course.length - 1)) * width)
  const y = (value: number) => height - 1.5 - (value / top) * (height - 4)
  const pieces = segments(course)
  const line = (piece: Piece) => piece.map(([at, value]) => `${round(x(at))} ${round(y(value))}`).join(' L')
  return (
    <svg
      viewBox={`0 0 ${width} ${height}`}
      preserveAspectRatio="none"
      className={cn('block h-7 w-full text-primary', className)}
      aria-hidden="true"
      focusable="false"
    >
      <path d={`M0 ${height - 0.5} H${width}`} className="stroke-border" vectorEffect="non-scaling-stroke" />
      {pieces.map((piece) => (
        <g key={piece[0]![0]}>
          <path
            d={`M${round(x(piece[0]![0]))} ${height} L${line(piece)} L${round(x(piece.at(-1)![0]))} ${height} Z`}
            className="fill-current opacity-12"
          />
          <path
            d={`M${line(piece)}`}
            className="fill-none stroke-current"
            strokeWidth="1.5"
            strokeLinejoin="round"
            strokeLinecap="round"
            vectorEffect="non-scaling-stroke"
          />
        </g>
      ))}
    </svg>
  )
}

type Piece = [at: number, value: number][]

function segments(course: Course): Piece[] {
  const pieces: Piece[] = []
  let piece: Piece = []
  course.forEach((value, at) => {
    if (value !== null) piece.push([at, value])
    else if (piece.length > 0) {
      pieces.push(piece)
      piece = []
    }
  })
  if (piece.length > 0) pieces.push(piece)
  return pieces
}

const round = (value: number) => Math.round(value * 10) / 10
