'use client'
import { DropdownMenu as Radix } from 'radix-ui'
import type { ComponentProps } from 'react'
import { cn } from './cn.ts'

export const Dropdown = Radix.Root
export const DropdownTrigger = Radix.Trigger

export function DropdownContent({ className, align = 'end', ...props }: ComponentProps<typeof Radix.Content>) {
  return (
    <Radix.Portal>
      <Radix.Content
        align={align}
        sideOffset={4}
        className={cn(
          'z-50 min-w-44 animate-rise overflow-hidden rounded-md border border-border bg-raised p-1 shadow-float',
          className,
        )}
        {...props}
      />
    </Radix.Portal>
  )
}

export function DropdownItem({
  className,
  tone = 'neutral',
  ...props
}: ComponentProps<typeof Radix.Item> & { tone?: 'neutral' | 'bad' }) {
  return (
    <Radix.Item
      className={cn(
        'flex cursor-default select-none items-center gap-2.5 rounded-sm px-2.5 py-2 text-sm outline-none data-[highlighted]:bg-sunken data-[disabled]:opacity-50 [&_svg]:size-4 [&_svg]:text-muted',
        tone === 'bad' && 'text-bad [&_svg]:text-bad',
        className,
      )}
      {...props}
    />
  )
}

export function DropdownLabel({ className, ...props }: ComponentProps<typeof Radix.Label>) {
  return <Radix.Label className={cn('px-2.5 py-1.5 text-muted text-xs', className)} {...props} />
}

export function DropdownSeparator({ className, ...props }: ComponentProps<typeof Radix.Separator>) {
  return <Radix.Separator className={cn('-mx-1 my-1 h-px bg-border', className)} {...props} />
}

export function DropdownRadioGroup(props: ComponentProps<typeof Radix.RadioGroup>) {
  return <Radix.RadioGroup {...props} />
}

export function DropdownRadioItem({ className, ...props }: ComponentProps<typeof Radix.RadioItem>) {
  return (
    <Radix.RadioItem
      className={cn(
        'flex cursor-default select-none items-center gap-2.5 rounded-sm px-2.5 py-2 text-sm outline-none data-[state=checked]:font-medium data-[highlighted]:bg-sunken data-[state=checked]:text-primary [&_svg]:size-4',
        className,
      )}
      {...props}
    />
  )
}
