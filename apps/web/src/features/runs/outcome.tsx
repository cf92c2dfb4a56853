/** How a run ended, as a sentence with what to do next. */
import type { ReactNode } from 'react'
import { Alert } from '@/ui/alert.tsx'
import { statuses } from './copy.ts'
import type { RunView } from './view.ts'

const tones = { succeeded: 'ok', partial: 'warn', failed: 'bad', cancelled: 'info' } as const

interface OutcomeProps {
  run: Pick<RunView, 'status' | 'outcome' | 'trouble'>
  actions?: ReactNode
}

/** Nothing while the run goes. */
export function RunOutcomeAlert({ run, actions }: OutcomeProps) {
  if (run.status === 'queued' || run.status === 'running') return null
  const message = run.trouble?.message ?? run.outcome?.message ?? `${statuses[run.status].label}.`
  return (
    <Alert tone={tones[run.status]} title={message} actions={actions}>
      {run.trouble?.cure}
    </Alert>
  )
}
