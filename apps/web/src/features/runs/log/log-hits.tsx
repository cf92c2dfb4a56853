/** Lines of the logs of runs that hold the words sought, each with its run. */
import type { LogHit } from '@bramble/db/runs'
import Link from 'next/link'
import { runTitle, statuses, runList as words } from '@/features/runs/copy.ts'
import { linePath } from '@/features/runs/run-path.ts'
import { Badge, Light } from '@/ui/badge.tsx'
import { RelativeTime } from '@/ui/time.tsx'
import { Marked } from './marked.tsx'

export function LogHits({ hits, sought }: { hits: readonly LogHit[]; sought: string }) {
  return (
    <ul className="grid list-none gap-3">
      {hits.map((hit) => (
        <li key={hit.run.id} className="min-w-0 rounded-lg border border-border bg-surface shadow-card">
          <Hit {...hit} sought={sought} />
        </li>
      ))}
    </ul>
  )
}

function Hit({ run, matches, lines, sought }: LogHit & { sought: string }) {
  const status = statuses[run.status]
  const more = matches - lines.length
  return (
    <article aria-label={runTitle(run)}>
      <header className="flex flex-wrap items-center gap-x-3 gap-y-1 border-border border-b px-4 py-3 text-sm">
        <Badge tone={status.tone}>
          <Light tone={status.tone} live={run.status === 'running'} />
          {status.label}
        </Badge>
        <Link href={`/runs/${run.id}?find=${encodeURIComponent(sought)}`} className="font-medium hover:underline">
          {runTitle(run)}
        </Link>
        <span className="text-muted">
          {run.requestedBy} · <RelativeTime at={run.createdAt} />
        </span>
        <span className="numeric ml-auto text-muted">{words.matches(matches)}</span>
      </header>
      <ol className="grid list-none py-1 font-mono text-xs">
        {lines.map((line) => (
          <li key={line.seq}>
            <Link
              href={linePath(run.id, line.seq, sought)}
              prefetch={false}
              className="flex gap-3 px-4 py-1 hover:bg-sunken"
            >
              <span className="numeric w-10 shrink-0 text-right text-muted">{line.seq}</span>
              <span className="hidden w-16 shrink-0 truncate text-muted sm:block">{line.node ?? 'bramble'}</span>
              <span className="wrap-anywhere min-w-0 whitespace-pre-wrap">
                <Marked text={around(line.text, sought)} needle={sought.toLowerCase()} />
              </span>
            </Link>
          </li>
        ))}
        {more > 0 && (
          <li className="px-4 py-1">
            <Link
              href={`/runs/${run.id}?find=${encodeURIComponent(sought)}`}
              prefetch={false}
              className="font-sans text-muted underline-offset-4 hover:underline"
            >
              {words.more(more)}
            </Link>
          </li>
        )}
      </ol>
    </article>
  )
}

/** Signs of a long line before and after the match that are shown. */
const sight = 120

function around(text: string, sought: string): string {
  if (text.length <= 3 * sight) return text
  const at = Math.max(0, text.toLowerCase().indexOf(sought.toLowerCase()))
  const [from, to] = [Math.max(0, at - sight), Math.min(text.length, at + sought.length + sight)]
  return `${from > 0 ? '…' : ''}${text.slice(from, to)}${to < text.length ? '…' : ''}`
}
