/** One step of a plan: why, what is run, which file changes, what stops, what is lost. */
import type { PlannedAction, PlannedStep } from '@bramble/cluster'
import { ChevronRight, Clock, FileLock2, FilePen, Flame, KeyRound, Package, SquareTerminal, Zap } from 'lucide-react'
import type { ReactNode } from 'react'
import { Badge } from '@/ui/badge.tsx'
import { cn } from '@/ui/cn.ts'
import { diffSize } from './diff.ts'
import { DiffView } from './diff-view.tsx'
import { packagesOf } from './words.ts'

export function PlanStep({ step }: { step: PlannedStep }) {
  const packages = packagesOf(step)
  const details = step.actions.some((action) => action.kind !== 'stamp')
  const head = (
    <>
      <span className="grid min-w-0 flex-1 gap-0.5">
        <span className="wrap-anywhere font-medium">{step.title}</span>
        {step.because && <span className="text-muted">{step.because}</span>}
      </span>
      <span className="flex shrink-0 flex-wrap items-center justify-end gap-1.5">
        {step.verdict === 'gate' && (
          <Badge>
            <Clock aria-hidden /> waits
          </Badge>
        )}
        <StepSize step={step} />
      </span>
    </>
  )
  return (
    <li className="grid gap-2 text-sm">
      {details ? (
        <details className="group">
          <summary className="flex list-none items-start gap-2 rounded-md px-2 py-1.5 hover:bg-sunken [&::-webkit-details-marker]:hidden">
            <ChevronRight
              className="mt-0.5 size-4 shrink-0 text-muted transition-transform group-open:rotate-90"
              aria-hidden
            />
            {head}
          </summary>
          <div className="mt-2 mb-3 grid grid-cols-[minmax(0,1fr)] gap-3 pl-8">
            {packages.length > 0 && (
              <p className="flex flex-wrap items-center gap-1.5">
                <Package className="size-4 text-muted" aria-hidden /> Packages:
                {packages.map((name) => (
                  <code key={name} className="rounded-sm bg-sunken px-1.5 py-0.5 text-xs">
                    {name}
                  </code>
                ))}
              </p>
            )}
            {step.actions.map((action, at) => (
              <ActionView key={at} action={action} />
            ))}
          </div>
        </details>
      ) : (
        <div className="flex items-start gap-2 py-1.5 pr-2 pl-8">{head}</div>
      )}
      {step.disrupts && (
        <Remark icon={<Zap aria-hidden />} ink="bg-warn-subtle text-warn">
          {step.disrupts}
        </Remark>
      )}
      {step.destroys && (
        <Remark icon={<Flame aria-hidden />} ink="bg-bad-subtle text-bad">
          Will be lost: {step.destroys}
        </Remark>
      )}
    </li>
  )
}

/** What a step is made of, at one glance. */
function StepSize({ step }: { step: PlannedStep }) {
  const puts = step.actions.filter((action) => action.kind === 'put')
  const runs = step.actions.filter((action) => action.kind === 'run').length
  const diffs = puts.flatMap((action) => (action.diff === null ? [] : [diffSize(action.diff)]))
  const added = diffs.reduce((sum, size) => sum + size.added, 0)
  const removed = diffs.reduce((sum, size) => sum + size.removed, 0)
  return (
    <span className="numeric flex gap-2 font-mono text-xs leading-5">
      {added > 0 && <span className="text-ok">+{added}</span>}
      {removed > 0 && <span className="text-bad">−{removed}</span>}
      {puts.length === 0 && runs > 0 && (
        <span className="text-muted">{runs === 1 ? '1 command' : `${runs} commands`}</span>
      )}
    </span>
  )
}

function Remark({ icon, ink, children }: { icon: ReactNode; ink: string; children: ReactNode }) {
  return (
    <p
      className={cn(
        'ml-8 flex items-start gap-2 rounded-md px-2.5 py-1.5 font-medium [&_svg]:mt-0.5 [&_svg]:size-4 [&_svg]:shrink-0',
        ink,
      )}
    >
      {icon}
      <span>{children}</span>
    </p>
  )
}

function ActionView({ action }: { action: PlannedAction }) {
  if (action.kind === 'run')
    return (
      <div className="flex items-start gap-2">
        <SquareTerminal className="mt-1 size-4 shrink-0 text-muted" aria-hidden />
        <code className="wrap-anywhere min-w-0 rounded-sm bg-sunken px-2 py-1 text-xs leading-5">
          {action.as !== 'root' && <span className="text-muted">as {action.as}: </span>}
          {commandWords(action.argv)}
        </code>
      </div>
    )
  if (action.kind === 'prove-key')
    return (
      <p className="flex items-center gap-2 text-muted text-xs">
        <KeyRound className="size-4 shrink-0" aria-hidden /> First, Bramble signs in as {action.user} with its key over
        a new connection. If that fails, nothing is changed.
      </p>
    )
  if (action.kind === 'stamp') return null
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-2">
      <p className="flex flex-wrap items-center gap-x-2 gap-y-1">
        {action.secret ? (
          <FileLock2 className="size-4 shrink-0 text-muted" aria-hidden />
        ) : (
          <FilePen className="size-4 shrink-0 text-muted" aria-hidden />
        )}
        <code className="wrap-anywhere text-xs">{action.path}</code>
        <span className="text-muted text-xs">
          {action.mode} {action.owner}
        </span>
      </p>
      {action.kept && (
        <p className="wrap-anywhere pl-6 text-muted text-xs">
          The present file is kept as <code>{action.kept}</code>
        </p>
      )}
      {action.diff !== null ? (
        <DiffView diff={action.diff} path={action.path} />
      ) : (
        <p className="pl-6 text-muted text-xs">
          {action.secret ? 'The content is secret and not shown.' : 'The content stays; mode or owner changes.'}
        </p>
      )}
    </div>
  )
}

/** Argv for the reader: quoted where a shell would need it, never run from here. */
function commandWords(argv: readonly string[]): string {
  return argv.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)).join(' ')
}
