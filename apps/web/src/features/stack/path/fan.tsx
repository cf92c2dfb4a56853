/** Lines that lead from one stage of the path to the next; they move where something goes over them. */
import type { ReactNode } from 'react'
import motion from '@/features/topology/stack.module.css'
import { cn } from '@/ui/cn.ts'
import type { Edge } from './edges.ts'
import type { PostState } from './traffic.ts'

const ink: Record<PostState, string> = {
  carries: 'stroke-primary',
  ready: 'stroke-field',
  off: 'stroke-warn',
  broken: 'stroke-bad',
  unknown: 'stroke-border',
}

interface FanProps {
  edges: readonly Edge[]
  /** What goes over all of them together, where they part (`start`) or meet (`end`). */
  label?: ReactNode
  at?: 'start' | 'end'
}

export function Fan({ edges, label, at = 'start' }: FanProps) {
  // What carries is drawn last, over what does not.
  const sorted = [...edges].sort((a, b) => Number(a.state === 'carries') - Number(b.state === 'carries'))
  const labels = edges.filter((edge) => edge.label !== null)
  return (
    <div className="relative h-11">
      <svg viewBox="0 0 100 44" preserveAspectRatio="none" className="size-full" aria-hidden="true" focusable="false">
        {sorted.map((edge) => {
          const line = `M${edge.from} 0 C ${edge.from} 26, ${edge.to} 10, ${edge.to} 44`
          const carries = edge.state === 'carries'
          return (
            <g key={`${edge.from} ${edge.to}`} className={cn('fill-none', edge.late ? 'stroke-warn' : ink[edge.state])}>
              <path
                d={line}
                vectorEffect="non-scaling-stroke"
                strokeWidth={carries ? 2 : 1.5}
                strokeDasharray={carries ? undefined : '3 5'}
                className={cn(edge.moving && 'opacity-35')}
              />
              {edge.moving && (
                <path
                  d={line}
                  vectorEffect="non-scaling-stroke"
                  strokeWidth="2.5"
                  strokeLinecap="round"
                  strokeDasharray="7 13"
                  className={motion.flow}
                />
              )}
            </g>
          )
        })}
      </svg>
      {label && (
        <span
          className={cn(
            'numeric absolute inset-x-0 mx-auto flex w-fit max-w-full items-center gap-1.5 whitespace-nowrap rounded-full border border-border bg-surface px-2 py-0.5 text-muted text-xs',
            at === 'start' ? '-top-1' : '-bottom-1',
          )}
        >
          {label}
        </span>
      )}
      {labels.map((edge) => (
        <span
          key={edge.to}
          className={cn(
            'numeric absolute bottom-1 whitespace-nowrap px-2 text-[0.6875rem]',
            edge.late ? 'font-medium text-warn' : 'text-muted',
          )}
          // On the side that the line does not come from.
          style={edge.from > edge.to ? { right: `${100 - edge.to}%` } : { left: `${edge.to}%` }}
        >
          {edge.label}
        </span>
      ))}
    </div>
  )
}
