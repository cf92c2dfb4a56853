import type { ComponentProps } from 'react'
import { cn } from './cn.ts'

export const fieldStyle =
  'w-full rounded-md border border-field bg-surface text-foreground text-base shadow-none transition-colors placeholder:text-muted hover:border-foreground/60 disabled:opacity-55 aria-invalid:border-bad sm:text-sm'

export function Input({ className, type = 'text', ...props }: ComponentProps<'input'>) {
  return <input type={type} className={cn(fieldStyle, 'h-10 px-3', className)} {...props} />
}

export function Textarea({ className, ...props }: ComponentProps<'textarea'>) {
  return <textarea className={cn(fieldStyle, 'min-h-24 px-3 py-2', className)} {...props} />
}
