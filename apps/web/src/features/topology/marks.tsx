/** What a Pi does right now, as chips: the ones that carry the cluster stand out. */
import { Crown, Database, Flag, Globe, Scale, Star, Vote } from 'lucide-react'
import { cn } from '@/ui/cn.ts'
import type { Mark, MarkTone } from './sight.ts'

const icons: Record<Mark['kind'], typeof Crown> = {
  primary: Crown,
  replica: Database,
  leader: Star,
  voter: Vote,
  address: Flag,
  balancer: Scale,
  web: Globe,
}

const tones: Record<MarkTone, string> = {
  strong: 'bg-primary text-primary-foreground font-semibold',
  good: 'bg-ok-subtle text-ok',
  quiet: 'bg-sunken text-muted',
  warn: 'bg-warn-subtle text-warn',
  bad: 'bg-bad-subtle text-bad font-semibold',
}

export function Marks({ marks, className }: { marks: readonly Mark[]; className?: string }) {
  return (
    <ul className={cn('flex list-none flex-wrap gap-1.5', className)}>
      {marks.map((mark) => {
        const Icon = icons[mark.kind]
        return (
          <li
            key={mark.kind}
            className={cn(
              'inline-flex h-6 items-center gap-1 whitespace-nowrap rounded-full px-2 font-medium text-xs [&_svg]:size-3.5',
              tones[mark.tone],
            )}
          >
            <Icon aria-hidden />
            {mark.label}
          </li>
        )
      })}
    </ul>
  )
}
