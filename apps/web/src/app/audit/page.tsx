import { type AuditView, listAudit } from '@bramble/db'
import type { Metadata } from 'next'
import Link from 'next/link'
import { Badge, type Tone } from '@/components/ui/badge.tsx'
import { Button } from '@/components/ui/button.tsx'
import { Card } from '@/components/ui/card.tsx'
import { Empty, Page } from '@/components/ui/page.tsx'
import { RelativeTime } from '@/components/ui/time.tsx'
import { en } from '@/copy/en.ts'
import { access } from '@/lib/access.ts'

export const metadata: Metadata = { title: en.audit.title }

const tones: Record<AuditView['outcome'], Tone> = { done: 'ok', refused: 'warn', failed: 'bad' }

export default async function AuditPage({ searchParams }: { searchParams: Promise<{ before?: string | string[] }> }) {
  await access.require('operator')
  const { before } = await searchParams
  const { entries, next } = await listAudit({ before: typeof before === 'string' ? before : undefined, limit: 50 })
  return (
    <Page title={en.audit.title} description={en.audit.description}>
      {entries.length === 0 ? (
        <Empty title={en.audit.empty}>
          <p>{en.audit.emptyText}</p>
        </Empty>
      ) : (
        <Card>
          <ol className="divide-y divide-border">
            {entries.map((entry) => (
              <li
                key={entry.id}
                className="grid grid-cols-[minmax(0,1fr)_auto] items-start gap-x-4 gap-y-1 px-5 py-3.5 text-sm md:grid-cols-[minmax(0,1fr)_14rem_9rem_6rem]"
              >
                <div className="grid min-w-0 gap-0.5">
                  <p className="wrap-anywhere font-medium">
                    {en.audit.verbs[entry.what as keyof typeof en.audit.verbs] ?? entry.what}
                    {entry.target ? <span className="font-normal text-muted"> · {entry.target}</span> : null}
                  </p>
                  {entry.detail ? <p className="wrap-anywhere text-muted">{entry.detail}</p> : null}
                </div>
                <Badge tone={tones[entry.outcome]} className="justify-self-end md:order-last">
                  {en.audit.outcomes[entry.outcome]}
                </Badge>
                <p className="wrap-anywhere text-muted md:text-foreground">{entry.who}</p>
                <RelativeTime at={entry.at} className="numeric justify-self-end text-muted" />
              </li>
            ))}
          </ol>
        </Card>
      )}
      <nav aria-label={en.audit.pages} className="flex justify-end gap-2">
        {before ? (
          <Button asChild>
            <Link href="/audit">{en.audit.newest}</Link>
          </Button>
        ) : null}
        {next ? (
          <Button asChild>
            <Link href={`/audit?before=${encodeURIComponent(next)}`}>{en.audit.older}</Link>
          </Button>
        ) : null}
      </nav>
    </Page>
  )
}
