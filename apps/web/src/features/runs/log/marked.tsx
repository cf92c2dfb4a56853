import { cn } from '@/ui/cn.ts'
import { cut } from './log-find.ts'

/** A text with its matches marked. `needle` in lower case; `current`: the reader is at this one. */
export function Marked({ text, needle, current = false }: { text: string; needle: string; current?: boolean }) {
  const parts = cut(text, needle)
  if (parts.length === 1) return text
  return parts.map((part, at) =>
    at % 2 === 0 ? (
      part
    ) : (
      <mark key={at} className={cn('rounded-xs text-foreground', current ? 'bg-warn/55' : 'bg-warn/30')}>
        {part}
      </mark>
    ),
  )
}
