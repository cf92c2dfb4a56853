import type { ComponentProps } from 'react'
import { cn } from './cn.ts'

/** Holds the place of what is being loaded: give it that thing's size. */
export function Skeleton({ className, ...props }: ComponentProps<'div'>) {
  return <div aria-hidden className={cn('animate-breathe rounded-md bg-border/70', className)} {...props} />
}
