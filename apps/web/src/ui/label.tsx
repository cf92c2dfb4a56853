'use client'
import { Label as Radix } from 'radix-ui'
import { type ComponentProps, type ReactNode, useId } from 'react'
import { cn } from './cn.ts'

export function Label({ className, ...props }: ComponentProps<typeof Radix.Root>) {
  return <Radix.Root className={cn('font-medium text-sm leading-none', className)} {...props} />
}

interface FieldProps {
  label: ReactNode
  hint?: ReactNode
  /** What is wrong and what to do; the field is then marked invalid. */
  error?: string | undefined
  className?: string | undefined
  /** Gets the ids and marks to spread on the control. */
  children: (control: { id: string; 'aria-describedby'?: string; 'aria-invalid'?: true }) => ReactNode
}

/** Label, control, hint and error, tied together for screen readers. */
export function Field({ label, hint, error, className, children }: FieldProps) {
  const id = useId()
  const note = error || hint ? `${id}-note` : undefined
  return (
    <div className={cn('grid content-start gap-2', className)}>
      <Label htmlFor={id}>{label}</Label>
      {children({ id, ...(note ? { 'aria-describedby': note } : {}), ...(error ? { 'aria-invalid': true } : {}) })}
      {note ? (
        <p id={note} className={cn('text-[0.8125rem] leading-snug', error ? 'text-bad' : 'text-muted')}>
          {error ?? hint}
        </p>
      ) : null}
    </div>
  )
}
