/** A unified diff in colour, with line numbers of both sides. */
import { cn } from '@/ui/cn.ts'
import { type DiffRow, diffRows } from './diff.ts'

const paint: Record<DiffRow['kind'], string> = {
  context: '',
  added: 'bg-ok-subtle text-ok',
  removed: 'bg-bad-subtle text-bad',
  hunk: 'bg-info-subtle text-info',
}
const sign: Record<DiffRow['kind'], string> = { context: ' ', added: '+', removed: '-', hunk: '@' }

export function DiffView({ diff, path }: { diff: string; path: string }) {
  return (
    <section
      className="max-h-96 overflow-auto rounded-md border border-border bg-sunken font-mono text-xs leading-5"
      aria-label={`Changes in ${path}`}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolled region must be reachable by keyboard
      tabIndex={0}
    >
      <div className="w-max min-w-full">
        {diffRows(diff).map((row, at) => (
          <div key={at} className={cn('flex whitespace-pre', paint[row.kind])}>
            <span className="numeric w-9 shrink-0 select-none pr-2 text-right">{row.before}</span>
            <span className="numeric w-9 shrink-0 select-none pr-2 text-right">{row.after}</span>
            <span className="w-5 shrink-0 text-center">{sign[row.kind]}</span>
            <span className="pr-4">{row.text || ' '}</span>
          </div>
        ))}
      </div>
    </section>
  )
}
