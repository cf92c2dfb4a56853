import type { ReactNode } from 'react'

interface ChartGridProps {
  title: string
  text?: string
  actions?: ReactNode
  children: ReactNode
}

/** Charts that belong together, as many beside each other as stay readable. */
export function ChartGrid({ title, text, actions, children }: ChartGridProps) {
  return (
    <section className="grid gap-3" aria-label={title}>
      <header className="flex flex-wrap items-end justify-between gap-x-4 gap-y-2">
        <div>
          <h2 className="font-semibold text-lg leading-tight">{title}</h2>
          {text ? <p className="max-w-prose text-muted text-sm">{text}</p> : null}
        </div>
        {actions}
      </header>
      <div className="grid grid-cols-[repeat(auto-fill,minmax(min(100%,28rem),1fr))] gap-4">{children}</div>
    </section>
  )
}
