'use client'
/** One lane a Pi: a cell a step, what it does now, and every step when opened. */
import { Check, ChevronRight, CircleDashed, Clock, LoaderCircle, PencilLine, X } from 'lucide-react'
import { useState } from 'react'
import { Badge } from '@/ui/badge.tsx'
import { Button } from '@/ui/button.tsx'
import { cn } from '@/ui/cn.ts'
import { lanes as laneWords, steps as stepWords } from './copy.ts'
import { isOver, type Lane, type RunView, type StepView, stepSeconds } from './view.ts'

type LaneStep = Lane['steps'][number]

interface LanesProps {
  run: RunView
  lanes: readonly Lane[]
  /** Shows the last log line of a step. */
  onShowLog: (node: string, step: string) => void
}

export function Lanes({ run, lanes, onShowLog }: LanesProps) {
  return (
    <ul className="grid list-none divide-y divide-border" aria-label="The Pis">
      {lanes.map((lane) => (
        <LaneRow key={lane.node} lane={lane} over={isOver(run)} onShowLog={onShowLog} />
      ))}
    </ul>
  )
}

const cells: Record<LaneStep['status'], string> = {
  pending: 'bg-border',
  running: 'bg-info animate-breathe',
  waiting: 'bg-led-link animate-breathe',
  done: 'bg-ok/45',
  changed: 'bg-ok',
  failed: 'bg-bad',
}

function LaneRow({ lane, over, onShowLog }: { lane: Lane; over: boolean; onShowLog: LanesProps['onShowLog'] }) {
  const [open, setOpen] = useState(false)
  const look = laneWords[lane.status]
  const now = over ? undefined : lane.steps.findLast((step) => step.status === 'running' || step.status === 'waiting')
  const failed = lane.steps.filter((step): step is StepView => step.status === 'failed')
  const list = `steps-${lane.node}`
  return (
    <li className="px-4 py-3.5 sm:px-5" data-testid={`lane-${lane.node}`}>
      <div className="grid items-center gap-x-5 gap-y-2 md:grid-cols-[13rem_minmax(0,1fr)]">
        <button
          type="button"
          className="-m-1 flex min-w-0 items-center gap-2 rounded-md p-1 text-left"
          aria-expanded={open}
          aria-controls={list}
          onClick={() => setOpen(!open)}
        >
          <ChevronRight
            className={cn('size-4 shrink-0 text-muted transition-transform', open && 'rotate-90')}
            aria-hidden
          />
          <span className="truncate font-semibold">{lane.node}</span>
          <Badge tone={look.tone} className="ml-auto md:ml-0">
            {lane.status === 'running' && <LoaderCircle className="animate-spin" aria-hidden />}
            {look.label}
          </Badge>
        </button>
        <div className="flex items-center gap-3">
          <div
            className="flex h-2.5 min-w-0 flex-1 gap-px overflow-hidden rounded-full bg-sunken sm:gap-0.5"
            role="img"
            aria-label={`${lane.done} of ${lane.total} steps done`}
          >
            {lane.steps.map((step) => (
              <span
                key={step.id}
                title={`${step.title}: ${stepWords[step.status].label}`}
                className={cn('flex-1', cells[step.status])}
              />
            ))}
          </div>
          <span className="numeric w-14 shrink-0 text-right text-muted text-sm" aria-hidden>
            {lane.total > 0 ? `${lane.done} / ${lane.total}` : '–'}
          </span>
        </div>
        <p className="min-h-5 min-w-0 truncate text-muted text-sm md:col-start-2" title={now?.title}>
          {now ? (
            <Now step={now} />
          ) : (
            (failed.length === 0 && lane.message) || (over ? '' : lane.status === 'waiting' ? 'Waiting' : '')
          )}
        </p>
      </div>
      {failed.map((step) => (
        <Failure key={step.id} step={step} onShowLog={onShowLog} />
      ))}
      <div id={list} hidden={!open} className="mt-3">
        <StepList lane={lane} onShowLog={onShowLog} />
      </div>
    </li>
  )
}

function Now({ step }: { step: LaneStep }) {
  if (step.status === 'waiting' && step.because)
    return (
      <>
        <span className="text-warn">{step.title}</span>: waiting, {step.because}
      </>
    )
  return <>{step.title}</>
}

/** The sentence, the cure, and the way to the log line. */
function Failure({ step, onShowLog }: { step: StepView; onShowLog: LanesProps['onShowLog'] }) {
  return (
    <div
      role="alert"
      className="mt-3 grid gap-2 rounded-md border border-bad/30 bg-bad-subtle p-3 text-sm sm:flex sm:items-start sm:justify-between"
    >
      <div className="grid min-w-0 gap-1">
        <p className="font-medium">
          <span className="text-bad">{step.title} failed.</span> {step.error?.message}
        </p>
        {step.error?.cure && <p>{step.error.cure}</p>}
      </div>
      <Button size="sm" onClick={() => onShowLog(step.node, step.id)}>
        Show in the log
      </Button>
    </div>
  )
}

const icons: Record<LaneStep['status'], typeof Check> = {
  pending: CircleDashed,
  running: LoaderCircle,
  waiting: Clock,
  done: Check,
  changed: PencilLine,
  failed: X,
}

const inks = {
  neutral: 'text-muted',
  ok: 'text-ok',
  warn: 'text-warn',
  bad: 'text-bad',
  info: 'text-info',
  primary: '',
}

function StepList({ lane, onShowLog }: { lane: Lane; onShowLog: LanesProps['onShowLog'] }) {
  if (lane.steps.length === 0) return <p className="text-muted text-sm">No step has started on {lane.node}.</p>
  return (
    <ol className="grid list-none gap-px md:pl-6" aria-label={`Steps of ${lane.node}`}>
      {lane.steps.map((step) => {
        const Icon = icons[step.status]
        const words = stepWords[step.status]
        return (
          <li key={step.id} className="flex items-start gap-2.5 rounded-md px-2 py-1.5 text-sm odd:bg-sunken/60">
            <Icon
              className={cn('mt-0.5 size-4 shrink-0', inks[words.tone], step.status === 'running' && 'animate-spin')}
              aria-label={words.label}
            />
            <div className="min-w-0 flex-1">
              <span className={cn('wrap-anywhere', step.status === 'pending' && 'text-muted')}>{step.title}</span>
              {'because' in step && step.because && <span className="text-muted"> ({step.because})</span>}
            </div>
            {'seconds' in step && step.seconds !== null && (
              <span className="numeric shrink-0 text-muted text-xs leading-5">{stepSeconds(step.seconds)}</span>
            )}
            {step.status !== 'pending' && (
              <button
                type="button"
                className="shrink-0 text-muted text-xs leading-5 underline-offset-4 hover:text-foreground hover:underline"
                onClick={() => onShowLog(step.node, step.id)}
                aria-label={`Show ${step.title} of ${step.node} in the log`}
              >
                log
              </button>
            )}
          </li>
        )
      })}
    </ol>
  )
}
