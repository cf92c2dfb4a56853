import { CircleCheck, CircleX, Info, TriangleAlert } from 'lucide-react'
import type { ComponentProps, ReactNode } from 'react'
import { cn } from './cn.ts'

const tones = {
  info: { icon: Info, box: 'border-info/30 bg-info-subtle', ink: 'text-info' },
  ok: { icon: CircleCheck, box: 'border-ok/30 bg-ok-subtle', ink: 'text-ok' },
  warn: { icon: TriangleAlert, box: 'border-warn/30 bg-warn-subtle', ink: 'text-warn' },
  bad: { icon: CircleX, box: 'border-bad/30 bg-bad-subtle', ink: 'text-bad' },
}

interface AlertProps extends Omit<ComponentProps<'div'>, 'title'> {
  tone?: keyof typeof tones
  /** The sentence: what happened. */
  title: ReactNode
  actions?: ReactNode
}

/** What happened (`title`), and below it what to do next (`children`). */
export function Alert({ tone = 'info', title, actions, children, className, ...props }: AlertProps) {
  const { icon: Icon, box, ink } = tones[tone]
  return (
    <div
      role={tone === 'bad' ? 'alert' : 'status'}
      className={cn('flex gap-3 rounded-lg border p-4 text-sm', box, className)}
      {...props}
    >
      <Icon className={cn('mt-0.5 size-4 shrink-0', ink)} aria-hidden />
      <div className="grid min-w-0 flex-1 gap-1">
        <p className="wrap-break-word font-medium">{title}</p>
        {children ? <div className="wrap-break-word text-foreground/80">{children}</div> : null}
      </div>
      {actions ? <div className="flex shrink-0 items-start gap-2">{actions}</div> : null}
    </div>
  )
}
