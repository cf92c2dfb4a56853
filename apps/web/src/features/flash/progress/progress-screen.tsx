'use client'
/** A flash as it goes, and its Pis until each has proved who it is. Made anew from the database at every reload. */
import type { FlashView } from '@bramble/db/flash'
import { Ban, Play, RotateCcw, ScrollText } from 'lucide-react'
import Link from 'next/link'
import { useRouter } from 'next/navigation'
import { useEffect, useState, useTransition } from 'react'
import { toast } from 'sonner'
import { flash } from '@/features/flash/copy.ts'
import { leftWords, rateWords } from '@/features/flash/figures.ts'
import { planCluster } from '@/features/plan/actions.ts'
import { planPath } from '@/features/plan/plan-path.ts'
import { cancelRun } from '@/features/runs/actions.ts'
import { statuses } from '@/features/runs/copy.ts'
import { Elapsed } from '@/features/runs/elapsed.tsx'
import { isOver } from '@/features/runs/view.ts'
import { openStream, type StreamState } from '@/live/stream.ts'
import { Alert } from '@/ui/alert.tsx'
import { Badge, Light } from '@/ui/badge.tsx'
import { Button, buttonStyle } from '@/ui/button.tsx'
import { ConfirmDialog } from '@/ui/confirm-dialog.tsx'
import { Page } from '@/ui/page.tsx'
import { Progress } from '@/ui/progress.tsx'
import { RelativeTime } from '@/ui/time.tsx'
import { CardLane } from './card-lane.tsx'
import { tally, wholeProgress } from './stages.ts'

export function ProgressScreen({ initial, operator }: { initial: FlashView; operator: boolean }) {
  const [view, setView] = useState(initial)
  const [state, setState] = useState<StreamState | null>(null)
  const id = initial.run.id
  useEffect(
    () =>
      openStream({
        address: () => `/api/flash/${id}/events`,
        onState: setState,
        on: { flash: (data) => setView(JSON.parse(data)) },
      }),
    [id],
  )
  const { run, cards } = view
  const counts = tally(cards)
  const over = isOver(run)
  const all = counts.online === counts.cards
  const status = statuses[run.status]
  return (
    <Page
      width="wide"
      eyebrow={
        <>
          <Link href="/flash">{flash.title}</Link>
          {' / '}
          <Link href={`/clusters/${run.cluster}`}>{run.cluster}</Link>
        </>
      }
      title={flash.run.title(cards.map((card) => card.node).join(', '))}
      actions={
        <>
          <Link className={buttonStyle({})} href={`/runs/${run.id}`}>
            <ScrollText aria-hidden />
            {flash.run.log}
          </Link>
          {operator && !over && <CancelButton view={view} />}
          {operator && over && counts.failed + counts.cancelled > 0 && (
            <Link className={buttonStyle({})} href={`/flash?cluster=${run.cluster}`}>
              <RotateCcw aria-hidden />
              {flash.run.retry}
            </Link>
          )}
          {operator && over && all && <PlanButton cluster={run.cluster} />}
        </>
      }
    >
      <div className="-mt-2 flex flex-wrap items-center gap-x-4 gap-y-2 text-muted text-sm">
        <Badge tone={status.tone} data-testid="flash-status">
          <Light tone={status.tone} live={!over} />
          {run.cancelRequested && !over ? flash.run.cancelling : status.label}
        </Badge>
        <Elapsed run={run} />
        <span>
          {cards[0]?.image} · {cards[0]?.stationName} · started by {run.requestedBy} <RelativeTime at={run.createdAt} />
        </span>
      </div>
      {state === 'lost' && <Alert tone="warn" title={flash.lost} />}
      {run.status === 'queued' && <Queued />}
      {run.trouble && (
        <Alert tone={run.status === 'cancelled' ? 'info' : 'bad'} title={run.trouble.message}>
          {run.trouble.cure}
        </Alert>
      )}
      <Summary view={view} />
      <ul className="grid list-none gap-4">
        {cards.map((card) => (
          <CardLane key={card.id} record={card} />
        ))}
      </ul>
    </Page>
  )
}

function Summary({ view }: { view: FlashView }) {
  const counts = tally(view.cards)
  const whole = counts.going > 0 ? wholeProgress(view.cards) : null
  const ends = [
    flash.run.summary(counts.written, counts.online),
    counts.failed > 0 ? flash.run.failed(counts.failed) : '',
    counts.cancelled > 0 ? flash.run.cancelled(counts.cancelled) : '',
  ].filter(Boolean)
  return (
    <section aria-label={flash.run.total} className="grid gap-2 rounded-lg border border-border bg-sunken/60 px-5 py-4">
      <div className="flex min-h-6 flex-wrap items-baseline justify-between gap-x-6 gap-y-1">
        <p className="font-semibold" role="status" data-testid="flash-summary">
          {ends.join(', ')}
        </p>
        {counts.online === counts.cards && <p className="text-ok text-sm">{flash.run.allOnline}</p>}
        {whole && (
          <p className="numeric flex gap-4 text-muted text-sm">
            <span>{rateWords(whole.rate)}</span>
            <span>{leftWords(whole.left)}</span>
          </p>
        )}
      </div>
      <Progress
        value={whole ? whole.share : counts.going > 0 ? 0 : counts.written / Math.max(1, counts.cards)}
        label={flash.run.total}
        tone={counts.failed > 0 ? 'warn' : counts.going > 0 ? 'primary' : 'ok'}
        className="h-2"
      />
    </section>
  )
}

function Queued() {
  const [late, setLate] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), 10_000)
    return () => clearTimeout(timer)
  }, [])
  return late ? (
    <Alert tone="warn" title={flash.run.queued}>
      {flash.run.queuedText}
    </Alert>
  ) : null
}

function PlanButton({ cluster }: { cluster: string }) {
  const router = useRouter()
  const [pending, start] = useTransition()
  const plan = () =>
    start(async () => {
      const answer = await planCluster({ cluster })
      if (answer.ok) router.push(planPath(cluster, answer.run, 'provision'))
      else toast.error(answer.message, { description: answer.cure })
    })
  return (
    <Button variant="primary" pending={pending} onClick={plan}>
      {!pending && <Play aria-hidden />}
      {flash.run.plan}
    </Button>
  )
}

function CancelButton({ view }: { view: FlashView }) {
  const [open, setOpen] = useState(false)
  return (
    <>
      <Button variant="danger" disabled={view.run.cancelRequested} aria-haspopup="dialog" onClick={() => setOpen(true)}>
        <Ban aria-hidden /> {flash.run.cancel}
      </Button>
      {open && (
        <ConfirmDialog
          danger
          title={flash.run.cancelTitle}
          text={flash.run.cancelText}
          keep={flash.run.goOn}
          confirm={flash.run.cancelNow}
          onClose={() => setOpen(false)}
          onConfirm={async () => {
            const answer = await cancelRun(view.run.id)
            if (!answer.ok) return answer
            setOpen(false)
            return undefined
          }}
        />
      )}
    </>
  )
}
