'use client'
import { Check, ChevronDown } from 'lucide-react'
import { Select as Radix } from 'radix-ui'
import type { ComponentProps } from 'react'
import { cn } from './cn.ts'
import { fieldStyle } from './input.tsx'

export const Select = Radix.Root
export const SelectValue = Radix.Value

export function SelectTrigger({ className, children, ...props }: ComponentProps<typeof Radix.Trigger>) {
  return (
    <Radix.Trigger
      className={cn(
        fieldStyle,
        'flex h-10 items-center justify-between gap-2 px-3 text-left data-[placeholder]:text-muted',
        className,
      )}
      {...props}
    >
      <span className="truncate">{children}</span>
      <Radix.Icon>
        <ChevronDown className="size-4 text-muted" aria-hidden />
      </Radix.Icon>
    </Radix.Trigger>
  )
}

export function SelectContent({ className, children, ...props }: ComponentProps<typeof Radix.Content>) {
  return (
    <Radix.Portal>
      <Radix.Content
        position="popper"
        sideOffset={4}
        className={cn(
          'z-50 max-h-(--radix-select-content-available-height) min-w-(--radix-select-trigger-width) animate-rise overflow-hidden rounded-md border border-border bg-raised shadow-float',
          className,
        )}
        {...props}
      >
        <Radix.Viewport className="p-1">{children}</Radix.Viewport>
      </Radix.Content>
    </Radix.Portal>
  )
}

/** Items under a heading. */
export function SelectGroup({ label, children, ...props }: ComponentProps<typeof Radix.Group> & { label: string }) {
  return (
    <Radix.Group {...props}>
      <Radix.Label className="px-2.5 pt-2 pb-1 text-muted text-xs">{label}</Radix.Label>
      {children}
    </Radix.Group>
  )
}

export function SelectItem({ className, children, ...props }: ComponentProps<typeof Radix.Item>) {
  return (
    <Radix.Item
      className={cn(
        'relative flex select-none items-center rounded-sm py-2 pr-8 pl-2.5 text-sm outline-none data-[highlighted]:bg-sunken data-[disabled]:opacity-50',
        className,
      )}
      {...props}
    >
      <Radix.ItemText>{children}</Radix.ItemText>
      <Radix.ItemIndicator className="absolute right-2.5">
        <Check className="size-4 text-primary" aria-hidden />
      </Radix.ItemIndicator>
    </Radix.Item>
  )
}
