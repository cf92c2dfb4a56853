import type { ReactNode } from 'react'
import { cn } from './cn.ts'

interface PageProps {
  title: ReactNode
  description?: ReactNode
  /** Small line above the title: where the page belongs. */
  eyebrow?: ReactNode
  actions?: ReactNode
  /** `wide` for drawings and lanes, `full` for what hangs on the wall, `narrow` for forms. */
  width?: 'narrow' | 'normal' | 'wide' | 'full'
  children: ReactNode
}

const widths = { narrow: 'max-w-3xl', normal: 'max-w-6xl', wide: 'max-w-[110rem]', full: 'max-w-[160rem]' }

/** The frame of every screen inside the shell: one h1, its actions, and the content. */
export function Page({ title, description, eyebrow, actions, width = 'normal', children }: PageProps) {
  return (
    <div className={cn('mx-auto grid w-full grid-cols-[minmax(0,1fr)] gap-6 px-4 py-6 sm:px-8 sm:py-8', widths[width])}>
      <header className="flex flex-wrap items-end justify-between gap-x-6 gap-y-4">
        <div className="grid min-w-0 gap-1.5">
          {eyebrow ? <div className="text-muted text-sm">{eyebrow}</div> : null}
          <h1 className="wrap-anywhere font-semibold text-2xl leading-tight sm:text-3xl">{title}</h1>
          {description ? <p className="max-w-prose text-muted">{description}</p> : null}
        </div>
        {actions ? <div className="flex flex-wrap items-center gap-2">{actions}</div> : null}
      </header>
      {children}
    </div>
  )
}

/** An empty place that teaches: what will stand here and the first move. */
export function Empty({ art, title, children }: { art?: ReactNode; title: ReactNode; children?: ReactNode }) {
  return (
    <div className="grid justify-items-center gap-3 rounded-lg border border-border border-dashed px-6 py-14 text-center">
      {art}
      <h2 className="font-semibold text-lg">{title}</h2>
      {children ? <div className="grid max-w-prose justify-items-center gap-4 text-muted">{children}</div> : null}
    </div>
  )
}
