import { type AuditView, auditedVerbs, listAudit } from '@bramble/db/audit'
import type { Metadata } from 'next'
import Link from 'next/link'
import { access } from '@/auth/access.ts'
import { AuditExport } from '@/features/audit/audit-export.tsx'
import { AuditFilter } from '@/features/audit/audit-filter.tsx'
import { readAuditFilter } from '@/features/audit/audit-query.ts'
import { audit } from '@/features/audit/copy.ts'
import { filterNames } from '@/features/audit/filter-names.ts'
import { Badge, type Tone } from '@/ui/badge.tsx'
import { Button } from '@/ui/button.tsx'
import { Card } from '@/ui/card.tsx'
import { Empty, Page } from '@/ui/page.tsx'
import { RelativeTime } from '@/ui/time.tsx'

export const metadata: Metadata = { title: audit.title }

const tones: Record<AuditView['outcome'], Tone> = { done: 'ok', refused: 'warn', failed: 'bad' }

type Query = Record<string, string | string[] | undefined>

export default async function AuditPage({ searchParams }: { searchParams: Promise<Query> }) {
  await access.require('operator')
  const given = Object.entries(await searchParams).filter(
    (pair): pair is [string, string] => typeof pair[1] === 'string',
  )
  const query = new URLSearchParams(given)
  const before = query.get('before') ?? undefined
  const [verbs, { entries, next }] = await Promise.all([
    auditedVerbs(),
    listAudit({ ...readAuditFilter(query), before, limit: 50 }),
  ])
  const isFiltered = filterNames.some((name) => query.has(name))
  const page = (at: string | null) => {
    const address = new URLSearchParams(query)
    at === null ? address.delete('before') : address.set('before', at)
    return `/audit?${address}`
  }
  return (
    <Page title={audit.title} description={audit.description} actions={<AuditExport />}>
      <AuditFilter verbs={verbs} />
      {entries.length === 0 ? (
        <Empty title={isFiltered ? audit.nothing : audit.empty}>
          <p>{isFiltered ? audit.nothingText : audit.emptyText}</p>
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
                    {audit.words(entry.what)}
                    {entry.target ? <span className="font-normal text-muted"> · {entry.target}</span> : null}
                  </p>
                  {entry.detail ? <p className="wrap-anywhere text-muted">{entry.detail}</p> : null}
                </div>
                <Badge tone={tones[entry.outcome]} className="justify-self-end md:order-last">
                  {audit.outcomes[entry.outcome]}
                </Badge>
                <p className="wrap-anywhere text-muted md:text-foreground">{entry.who}</p>
                <RelativeTime at={entry.at} className="numeric justify-self-end text-muted" />
              </li>
            ))}
          </ol>
        </Card>
      )}
      <nav aria-label={audit.pages} className="flex justify-end gap-2">
        {before ? (
          <Button asChild>
            <Link href={page(null)}>{audit.newest}</Link>
          </Button>
        ) : null}
        {next ? (
          <Button asChild>
            <Link href={page(next)}>{audit.older}</Link>
          </Button>
        ) : null}
      </nav>
    </Page>
  )
}
