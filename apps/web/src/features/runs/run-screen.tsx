'use client'
import { isAppAction } from '@bramble/cluster'
/** One run: its state, the Pis' lanes, the log. */
import { Ban, ListChecks, MemoryStick, RotateCcw } from 'lucide-react'
import Link from 'next/link'
import { useRouter } from 'next/navigation'
import { type ReactNode, useEffect, useMemo, useState, useTransition } from 'react'
import { toast } from 'sonner'
import { Alert } from '@/ui/alert.tsx'
import { Badge, Light } from '@/ui/badge.tsx'
import { Button, buttonStyle } from '@/ui/button.tsx'
import { Card, CardContent, CardDescription, CardHeader, CardTitle } from '@/ui/card.tsx'
import { ConfirmDialog } from '@/ui/confirm-dialog.tsx'
import { Page } from '@/ui/page.tsx'
import { RelativeTime } from '@/ui/time.tsx'
import { cancelRun, retry } from './actions.ts'
import { flashRun, lanes as laneWords, runTitle, statuses } from './copy.ts'
import { Elapsed } from './elapsed.tsx'
import { Lanes } from './lanes.tsx'
import { log as logWords } from './log/copy.ts'
import { lineOfStep } from './log/log-buffer.ts'
import { lineOfHash } from './log/log-find.ts'
import { LogView } from './log/log-view.tsx'
import { LostPi } from './lost-pi.tsx'
import { RunOutcomeAlert } from './outcome.tsx'
import { runPath } from './run-path.ts'
import { useRunStream } from './stream.ts'
import { type Expected, isOver, lanesOf, type RunView } from './view.ts'

interface RunScreenProps {
  initial: RunView
  nodes: readonly string[]
  expected: readonly Expected[]
  operator: boolean
  /** What is sought in the log at first. */
  sought: string
  /** What the cluster has left while something is done to it; null: nothing is. */
  safety: ReactNode
}

export function RunScreen({ initial, nodes, expected, operator, sought, safety }: RunScreenProps) {
  const router = useRouter()
  const { run, log, connection } = useRunStream(initial, true)
  const lanes = useMemo(() => lanesOf(run, nodes, expected), [run, nodes, expected])
  const [target, setTarget] = useState<{ seq: number; asked: number } | null>(null)
  const over = isOver(run)
  useEffect(() => {
    const read = () => {
      const seq = lineOfHash(location.hash)
      if (seq !== null) setTarget((before) => ({ seq, asked: (before?.asked ?? 0) + 1 }))
    }
    read()
    window.addEventListener('hashchange', read)
    return () => window.removeEventListener('hashchange', read)
  }, [])

  // A worker that plans at the start may know steps that the page does not.
  const stale = run.hasPlan !== initial.hasPlan || over !== isOver(initial)
  useEffect(() => {
    if (stale) router.refresh()
  }, [stale, router])

  function showLog(node: string, step: string) {
    const failed = run.steps.some((entry) => entry.node === node && entry.id === step && entry.status === 'failed')
    const seq = lineOfStep(log.lines, node, step, failed ? 'last' : 'first')
    if (seq === null) toast(logWords.noStep)
    else setTarget({ seq, asked: (target?.asked ?? 0) + 1 })
  }

  const status = statuses[run.status]
  return (
    <Page
      width="wide"
      eyebrow={
        <>
          <Link href="/runs">Runs</Link>
          {run.cluster && (
            <>
              {' / '}
              <Link href={`/clusters/${run.cluster}`}>{run.cluster}</Link>
            </>
          )}
        </>
      }
      title={runTitle(run)}
      actions={<Actions run={run} operator={operator} />}
    >
      <div className="-mt-2 flex flex-wrap items-center gap-x-4 gap-y-2 text-muted text-sm">
        <Badge tone={status.tone} data-testid="run-status">
          <Light tone={status.tone} live={run.status === 'running'} />
          {run.cancelRequested && !over ? 'Canceling' : status.label}
        </Badge>
        <Elapsed run={run} />
        <span>
          started by {run.requestedBy} <RelativeTime at={run.createdAt} />
        </span>
        {run.retryOf && (
          <Link className="underline underline-offset-4" href={`/runs/${run.retryOf}`}>
            Retry of an earlier run
          </Link>
        )}
      </div>
      <p className="sr-only" role="status">
        {status.label}. {lanes.map((lane) => `${lane.node}: ${laneWords[lane.status].label}`).join(', ')}.
      </p>
      <RunOutcomeAlert
        run={run}
        actions={run.status === 'succeeded' && run.kind === 'plan' ? <SeePlan run={run} /> : null}
      />
      <LostPi run={run} />
      {run.status === 'queued' && <Queued run={run} />}
      {!over && safety}
      {run.kind !== 'flash' && (
        <Card>
          <CardHeader className="pb-3">
            <CardTitle>Pis</CardTitle>
            <CardDescription>
              {run.kind === 'plan'
                ? 'Bramble reads the state of each Pi. Nothing is changed.'
                : 'Each cell is one step: light green was already done, green was changed. Open a Pi to see its steps.'}
            </CardDescription>
          </CardHeader>
          <Lanes run={run} lanes={lanes} onShowLog={showLog} />
        </Card>
      )}
      <Card>
        <CardHeader>
          <CardTitle>{logWords.title}</CardTitle>
        </CardHeader>
        <CardContent>
          <LogView runId={run.id} written={run.lines} {...{ log, nodes, connection, target, sought }} />
        </CardContent>
      </Card>
    </Page>
  )
}

function SeePlan({ run }: { run: RunView }) {
  return (
    <Link className={buttonStyle({ size: 'sm' })} href={`/clusters/${run.cluster}/plan/${run.id}`}>
      Open plan
    </Link>
  )
}

/** Says so when no worker takes the run. */
function Queued({ run }: { run: RunView }) {
  const [late, setLate] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), 10_000)
    return () => clearTimeout(timer)
  }, [])
  if (!late) return null
  return (
    <Alert
      tone="warn"
      title={run.startedAt ? 'The worker of this run has stopped.' : 'No worker has started this run yet.'}
    >
      The next worker that starts continues it automatically. If none runs, start Bramble with ./bramble up.
    </Alert>
  )
}

function Actions({ run, operator }: { run: RunView; operator: boolean }) {
  const router = useRouter()
  const [pending, start] = useTransition()
  const over = isOver(run)
  const retryable =
    over && run.status !== 'succeeded' && !['flash', 'drill'].includes(run.kind) && !isAppAction(run.kind)
  const plan = run.kind === 'plan' ? (run.status === 'succeeded' ? run.id : null) : run.approvedRun

  function again() {
    start(async () => {
      const answer = await retry(run.id)
      if (!answer.ok) toast.error(answer.message, { description: answer.cure })
      else if (run.kind === 'plan') router.push(`/clusters/${run.cluster}/plan/${answer.run}`)
      else router.push(`/runs/${answer.run}`)
    })
  }

  return (
    <>
      {run.kind === 'flash' && (
        <Link className={buttonStyle({ variant: 'primary' })} href={runPath(run)}>
          <MemoryStick aria-hidden /> {flashRun.cards}
        </Link>
      )}
      {plan && run.cluster && (
        <Link className={buttonStyle({ variant: 'secondary' })} href={`/clusters/${run.cluster}/plan/${plan}`}>
          <ListChecks aria-hidden /> {run.kind === 'plan' ? 'Open plan' : 'Approved plan'}
        </Link>
      )}
      {operator && !over && <CancelButton run={run} />}
      {operator && retryable && (
        <Button variant="primary" onClick={again} pending={pending}>
          <RotateCcw aria-hidden /> Retry
        </Button>
      )}
    </>
  )
}

function CancelButton({ run }: { run: RunView }) {
  const [open, setOpen] = useState(false)
  const text =
    run.kind === 'plan'
      ? 'Nothing was changed on the Pis.'
      : run.kind === 'flash'
        ? flashRun.cancelText
        : 'The current steps on the Pis are stopped. Finished steps stay; Retry continues from there.'
  return (
    <>
      <Button variant="danger" disabled={run.cancelRequested} aria-haspopup="dialog" onClick={() => setOpen(true)}>
        <Ban aria-hidden /> Cancel
      </Button>
      {open && (
        <ConfirmDialog
          danger
          title="Cancel this run?"
          text={text}
          keep="Keep running"
          confirm="Cancel run"
          onClose={() => setOpen(false)}
          onConfirm={async () => {
            const answer = await cancelRun(run.id)
            if (!answer.ok) return answer
            setOpen(false)
            return undefined
          }}
        />
      )}
    </>
  )
}
