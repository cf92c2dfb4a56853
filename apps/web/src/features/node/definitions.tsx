import type { ReactNode } from 'react'
import { Card } from '@/ui/card.tsx'
import { cn } from '@/ui/cn.ts'

/** A card of names and values. */
export function Definitions({ title, text, children }: { title: string; text?: string; children: ReactNode }) {
  return (
    <Card className="grid min-w-0 grid-cols-[minmax(0,1fr)] content-start gap-2.5 p-4">
      <div>
        <h3 className="font-semibold text-sm leading-6">{title}</h3>
        {text ? <p className="text-muted text-xs">{text}</p> : null}
      </div>
      <dl className="grid grid-cols-[minmax(0,1fr)] gap-1.5 text-sm">{children}</dl>
    </Card>
  )
}

export function Definition({
  name,
  tone,
  children,
}: {
  name: string
  tone?: 'warn' | 'bad' | undefined
  children: ReactNode
}) {
  return (
    <div className="flex justify-between gap-4">
      <dt className="shrink-0 text-muted">{name}</dt>
      <dd
        className={cn(
          'numeric wrap-anywhere min-w-0 text-right',
          tone === 'warn' && 'font-medium text-warn',
          tone === 'bad' && 'font-medium text-bad',
        )}
      >
        {children}
      </dd>
    </div>
  )
}
