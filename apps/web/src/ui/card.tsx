import type { ComponentProps } from 'react'
import { cn } from './cn.ts'

export function Card({ className, ...props }: ComponentProps<'section'>) {
  return <section className={cn('rounded-lg border border-border bg-surface shadow-card', className)} {...props} />
}

/** Title and description, one below the other. */
export function CardHeader({ className, ...props }: ComponentProps<'header'>) {
  return (
    <header className={cn('grid grid-cols-[1fr_auto] items-start gap-x-4 gap-y-1 px-5 pt-5', className)} {...props} />
  )
}

export function CardTitle({ className, children, ...props }: ComponentProps<'h2'>) {
  return (
    <h2 className={cn('col-start-1 font-semibold text-base leading-tight', className)} {...props}>
      {children}
    </h2>
  )
}

export function CardDescription({ className, ...props }: ComponentProps<'p'>) {
  return <p className={cn('col-start-1 text-muted text-sm', className)} {...props} />
}

export function CardContent({ className, ...props }: ComponentProps<'div'>) {
  return <div className={cn('p-5', className)} {...props} />
}

export function CardFooter({ className, ...props }: ComponentProps<'footer'>) {
  return (
    <footer
      className={cn('flex flex-wrap items-center justify-end gap-2 border-border border-t px-5 py-4', className)}
      {...props}
    />
  )
}
