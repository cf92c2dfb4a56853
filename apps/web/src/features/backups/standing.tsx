/** How the backups stand, in words and few figures. */
import { type BackupSpec, oldestAllowed, spanText } from '@bramble/cluster'
import type { BackupsView } from '@bramble/db/backups'
import type { ReactNode } from 'react'
import { Badge, Light } from '@/ui/badge.tsx'
import { Card } from '@/ui/card.tsx'
import { RelativeTime } from '@/ui/time.tsx'
import { backupTypes, repositoryWords, backups as words } from './copy.ts'

interface StandingProps {
  backup: BackupSpec
  view: BackupsView
  next: string
}

export function Standing({ backup, view, next }: StandingProps) {
  const [newest] = view.backups
  const oldest = view.backups.at(-1)
  const [drill] = view.drills
  const old = newest && (Date.now() - Date.parse(newest.endedAt)) / 1000 > oldestAllowed(backup.schedule)
  return (
    <Card className="grid gap-5 p-5">
      <dl className="grid gap-5 sm:grid-cols-2 lg:grid-cols-4">
        <Part title={words.newest} tone={newest ? (old ? 'warn' : 'ok') : 'warn'}>
          {newest ? (
            <>
              <RelativeTime at={newest.endedAt} />
              <Note>
                {backupTypes[newest.type]},{' '}
                {spanText((Date.parse(newest.endedAt) - Date.parse(newest.startedAt)) / 1000)}
              </Note>
            </>
          ) : (
            <>
              {words.none}
              <Note>{words.noneText}</Note>
            </>
          )}
        </Part>
        <Part title={words.reach} tone={oldest ? 'ok' : 'neutral'}>
          {oldest ? (
            <>
              <RelativeTime at={oldest.endedAt} />
              <Note>{words.reachText}</Note>
            </>
          ) : (
            '–'
          )}
        </Part>
        <Part title={words.next} tone="neutral">
          <RelativeTime at={next} />
        </Part>
        <Part title={words.lastDrill} tone={drill ? (drill.good ? 'ok' : 'bad') : 'neutral'}>
          {drill ? (
            <>
              <RelativeTime at={drill.at} />
              <Note>{drill.good ? words.good : words.bad}</Note>
            </>
          ) : (
            words.noDrill
          )}
        </Part>
      </dl>
      <div className="grid gap-2 border-border border-t pt-4 text-muted text-sm">
        <p className="flex flex-wrap items-center gap-2">
          <span className="wrap-anywhere font-mono text-foreground">{repositoryWords(backup.repository)}</span>
          <Badge tone={backup.encrypted ? 'ok' : 'warn'}>{backup.encrypted ? words.encrypted : words.plain}</Badge>
          {view.readAt && (
            <span>
              {words.readAt} <RelativeTime at={view.readAt} />.
            </span>
          )}
        </p>
        <p>{words.keeps(backup.keep)}</p>
        <p>{words.loses}</p>
      </div>
    </Card>
  )
}

type Tone = 'ok' | 'warn' | 'bad' | 'neutral'

function Part({ title, tone, children }: { title: string; tone: Tone; children: ReactNode }) {
  return (
    <div className="grid content-start gap-1">
      <dt className="flex items-center gap-2 text-muted text-sm">
        <Light tone={tone} /> {title}
      </dt>
      <dd className="font-medium text-lg">{children}</dd>
    </div>
  )
}

function Note({ children }: { children: ReactNode }) {
  return <p className="font-normal text-muted text-sm">{children}</p>
}
