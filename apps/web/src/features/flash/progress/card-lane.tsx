'use client'
/** One card from the reader into its Pi: bar, speed, stages with their times, trouble with its cure. */
import type { CardRecordView } from '@bramble/db/flash'
import { Check, CircleDashed, X } from 'lucide-react'
import { flash, phases } from '@/features/flash/copy.ts'
import { bytesWords, leftWords, meanRate, rateWords, share } from '@/features/flash/figures.ts'
import { Pi } from '@/features/topology/pi.tsx'
import { Badge, Light } from '@/ui/badge.tsx'
import { cn } from '@/ui/cn.ts'
import { Progress } from '@/ui/progress.tsx'
import { type Stage, stagesOf } from './stages.ts'

const barTones = { online: 'ok', written: 'ok', booting: 'ok', failed: 'bad', cancelled: 'warn' } as const

export function CardLane({ record }: { record: CardRecordView }) {
  const { phase, node, path } = record
  const words = phases[phase]
  const makers = record.report ? [record.report.vendor, record.report.model].filter(Boolean).join(' ') : ''
  return (
    <li
      data-testid={`flash-${node}`}
      aria-label={node}
      className="grid gap-x-6 gap-y-4 rounded-lg border border-border bg-surface p-4 shadow-card md:grid-cols-[8rem_minmax(0,1fr)_minmax(15rem,17rem)] md:p-5"
    >
      <div className="w-32 self-center max-md:hidden">
        <Pi
          power={phase === 'online' ? 'on' : phase === 'booting' ? 'booting' : 'unknown'}
          alarm={phase === 'failed' ? 'bad' : null}
          busy={words.live ?? false}
        />
      </div>
      <div className="grid min-w-0 content-start gap-2.5">
        <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
          <h2 className="font-semibold text-lg leading-tight">{node}</h2>
          <Badge tone={words.tone} data-testid={`phase-${node}`}>
            <Light tone={words.tone} live={words.live} />
            {words.label}
          </Badge>
          <span className="wrap-anywhere text-muted text-xs">
            <span className="font-mono">{path}</span> {makers}
          </span>
        </div>
        <Bar record={record} />
        <Next record={record} />
      </div>
      <Stages record={record} />
    </li>
  )
}

function Bar({ record }: { record: CardRecordView }) {
  const { phase, progress, report, node } = record
  const words = phases[phase]
  const own = progress?.phase === phase ? progress : null
  const tone = phase in barTones ? barTones[phase as keyof typeof barTones] : 'primary'
  const value = words.live && phase !== 'booting' ? (own ? share(own.done, own.total) : null) : 1
  return (
    <div className="grid gap-1.5">
      {phase === 'waiting' ? (
        <Progress value={0} label={`${node}: ${words.label}`} />
      ) : (
        <Progress
          value={phase === 'failed' || phase === 'cancelled' ? lastShare(record) : value}
          label={`${node}: ${words.label}`}
          tone={tone}
          className="h-2"
        />
      )}
      <p className="numeric flex min-h-5 flex-wrap gap-x-4 text-muted text-sm">
        {own ? (
          <>
            <span>
              {bytesWords(own.done)} of {bytesWords(own.total)}
            </span>
            <span>{rateWords(own.rate)}</span>
            <span>{leftWords(own.left)}</span>
          </>
        ) : report && phase !== 'failed' && phase !== 'cancelled' ? (
          <>
            <span>
              {bytesWords(report.written)} written {meanRate(report.written, report.writeSeconds)}
            </span>
            <span>
              {bytesWords(report.verified)} {flash.run.verified} {meanRate(report.verified, report.verifySeconds)}
            </span>
          </>
        ) : null}
      </p>
    </div>
  )
}

function lastShare({ progress }: CardRecordView): number {
  return progress ? (share(progress.done, progress.total) ?? 0) : 0
}

/** What to do now, or what went wrong and its cure. */
function Next({ record }: { record: CardRecordView }) {
  const { phase, trouble, report, address } = record
  const bad = report?.badRanges ?? []
  return (
    <div className="grid min-h-5 gap-1 text-sm" aria-live="polite">
      {phase === 'written' && <p className="font-medium text-primary">{flash.run.takeOut}</p>}
      {phase === 'booting' && <p>{flash.run.bootsSoon}</p>}
      {phase === 'online' && <p className="text-ok">{flash.run.isOnline(address ?? '')}</p>}
      {trouble && (
        <p>
          <span className="font-medium text-bad">{trouble.message}</span> {trouble.cure}
        </p>
      )}
      {bad.length > 0 && (
        <p className="numeric text-bad">
          {flash.run.bad(bad.length)}:{' '}
          {bad
            .slice(0, 4)
            .map(({ offset, length }) => `${bytesWords(length)} at ${bytesWords(offset)}`)
            .join(', ')}
          {bad.length > 4 && ' …'}
        </p>
      )}
    </div>
  )
}

const marks = {
  done: { icon: Check, ink: 'text-ok' },
  now: { icon: CircleDashed, ink: 'text-info' },
  next: { icon: CircleDashed, ink: 'text-muted opacity-50' },
  broken: { icon: X, ink: 'text-bad' },
} as const

function Stages({ record }: { record: CardRecordView }) {
  const stages = stagesOf(record)
  return (
    <ol aria-label={flash.run.work} className="grid content-center gap-1 text-sm">
      {stages.map((stage, at) => (
        <StageRow key={stage.name} stage={stage} before={stages[at - 1]?.at ?? null} />
      ))}
    </ol>
  )
}

function StageRow({ stage, before }: { stage: Stage; before: string | null }) {
  const { icon: Icon, ink } = marks[stage.state]
  const took = stage.at && before ? Math.max(0, (Date.parse(stage.at) - Date.parse(before)) / 1000) : null
  return (
    <li className="grid grid-cols-[auto_minmax(0,1fr)_auto] items-center gap-2">
      <Icon className={cn('size-4', ink, stage.state === 'now' && 'animate-breathe')} aria-hidden />
      <span className={cn(stage.state === 'next' && 'text-muted')}>
        {flash.run.stages[stage.name]}
        <span className="sr-only">: {stage.state}</span>
      </span>
      <span className="numeric text-muted text-xs">
        {stage.at && <time dateTime={stage.at}>{took === null ? clock(stage.at) : `+${seconds(took)}`}</time>}
      </span>
    </li>
  )
}

/** UTC, so that server and browser agree. */
const clock = (at: string) => `${at.slice(11, 19)} UTC`
const seconds = (took: number) =>
  took < 60
    ? `${Math.round(took)} s`
    : `${Math.floor(took / 60)} min ${String(Math.round(took % 60)).padStart(2, '0')} s`
