import { cva, type VariantProps } from 'class-variance-authority'
import type { ComponentProps } from 'react'
import { cn } from './cn.ts'

const style = cva(
  'inline-flex h-6 items-center gap-1.5 whitespace-nowrap rounded-full px-2.5 font-medium text-xs [&_svg]:size-3.5',
  {
    variants: {
      tone: {
        neutral: 'bg-sunken text-muted',
        primary: 'bg-primary-subtle text-primary',
        ok: 'bg-ok-subtle text-ok',
        warn: 'bg-warn-subtle text-warn',
        bad: 'bg-bad-subtle text-bad',
        info: 'bg-info-subtle text-info',
        outline: 'border border-border text-foreground',
      },
    },
    defaultVariants: { tone: 'neutral' },
  },
)

export type Tone = 'neutral' | 'primary' | 'ok' | 'warn' | 'bad' | 'info'

export function Badge({ tone, className, ...props }: ComponentProps<'span'> & VariantProps<typeof style>) {
  return <span className={cn(style({ tone }), className)} {...props} />
}

const lights: Record<Tone, string> = {
  neutral: 'bg-led-off',
  primary: 'bg-primary',
  ok: 'bg-ok',
  warn: 'bg-warn',
  bad: 'bg-bad',
  info: 'bg-info',
}

/** A status light. Decorative: the words beside it say the same. `live` lets it breathe. */
export function Light({ tone, live, className }: { tone: Tone; live?: boolean; className?: string }) {
  return (
    <span
      aria-hidden
      className={cn('inline-block size-2 shrink-0 rounded-full', lights[tone], live && 'animate-breathe', className)}
    />
  )
}
