'use client'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { ArrowLeft, ArrowRight, Check } from 'lucide-react'
import { useRouter } from 'next/navigation'
import { useCallback, useEffect, useRef, useState, useTransition } from 'react'
import { toast } from 'sonner'
import { Alert } from '@/ui/alert.tsx'
import { Button } from '@/ui/button.tsx'
import { Card, CardFooter } from '@/ui/card.tsx'
import { cn } from '@/ui/cn.ts'
import { create } from './actions.ts'
import { Basics } from './basics.tsx'
import { wizard } from './copy.ts'
import { type Draft, emptyDraft, loginOf, problemsOf, type StepName, specOf, stepNames } from './draft.ts'
import { NewPis } from './new-pis.tsx'
import { Nodes } from './nodes.tsx'
import type { NetworkChoice } from './proposal.ts'
import { Review } from './review.tsx'
import { Roles } from './roles.tsx'
import { useNodeTests } from './use-connection-tests.ts'

interface WizardProps {
  way: Draft['way']
  networks: NetworkChoice[]
  /** Addresses of other clusters. */
  taken: string[]
}

export function Wizard(props: WizardProps) {
  const [client] = useState(() => new QueryClient())
  return (
    <QueryClientProvider client={client}>
      <Steps {...props} />
    </QueryClientProvider>
  )
}

const bodies = { basics: Basics, nodes: Nodes, roles: Roles, review: Review }

function Steps({ way, networks, taken }: WizardProps) {
  const router = useRouter()
  const [draft, setDraft] = useState<Draft>({ ...emptyDraft, way })
  const [step, setStep] = useState<StepName>('basics')
  const [tried, setTried] = useState<StepName | null>(null)
  const [refused, setRefused] = useState<{ message: string; cure: string } | null>(null)
  const [creating, start] = useTransition()
  const heading = useRef<HTMLHeadingElement>(null)
  const moved = useRef(false)
  const update = useCallback((change: (draft: Draft) => Draft) => setDraft(change), [])
  useNodeTests(draft.nodes, update)

  const at = stepNames.indexOf(step)
  const problems = problemsOf(step, draft)
  const shown = tried === step ? problems : {}
  const Body = bodies[step]
  const flashing = draft.way === 'flash'

  // A screen reader is told where it is after each move; the first view keeps its own order.
  useEffect(() => {
    if (moved.current) heading.current?.focus()
  }, [step])

  const go = (to: StepName) => {
    moved.current = true
    setTried(null)
    setRefused(null)
    setStep(to)
    window.scrollTo({ top: 0 })
  }
  const forward = () => {
    if (Object.keys(problems).length > 0) {
      setTried(step)
      requestAnimationFrame(() => document.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus())
      return
    }
    if (step !== 'review') return go(stepNames[at + 1]!)
    start(async () => {
      const logins = flashing ? {} : Object.fromEntries(draft.nodes.map((node) => [node.name, loginOf(draft, node)]))
      const answer = await create({ spec: specOf(draft), logins, flash: flashing })
      if (!answer.ok) return setRefused(answer)
      toast.success(flashing ? wizard.flash.created(answer.name) : wizard.created(answer.name))
      router.push(flashing ? `/flash?cluster=${answer.name}` : `/clusters/${answer.name}`)
    })
  }

  return (
    <div className="grid gap-5">
      <Progress step={step} go={go} />
      <Card>
        <form
          noValidate
          onSubmit={(event) => {
            event.preventDefault()
            forward()
          }}
        >
          <div className="grid gap-6 p-5 sm:p-7">
            <h2 ref={heading} tabIndex={-1} className="font-semibold text-lg outline-none">
              {wizard.steps[step]}
            </h2>
            {step === 'nodes' && flashing ? (
              <NewPis draft={draft} update={update} problems={shown} networks={networks} taken={taken} />
            ) : (
              <Body draft={draft} update={update} problems={shown} />
            )}
            {refused ? (
              <Alert tone="bad" title={refused.message}>
                {refused.cure}
              </Alert>
            ) : null}
          </div>
          <CardFooter className="justify-between">
            {at > 0 ? (
              <Button variant="ghost" onClick={() => go(stepNames[at - 1]!)} disabled={creating}>
                <ArrowLeft aria-hidden />
                {wizard.back}
              </Button>
            ) : (
              <span />
            )}
            <Button type="submit" variant="primary" pending={creating}>
              {step === 'review' ? wizard.create : wizard.next}
              {step === 'review' ? null : <ArrowRight aria-hidden />}
            </Button>
          </CardFooter>
        </form>
      </Card>
    </div>
  )
}

function Progress({ step, go }: { step: StepName; go: (step: StepName) => void }) {
  const at = stepNames.indexOf(step)
  return (
    <nav aria-label={wizard.stepOf(at + 1, stepNames.length)}>
      <ol className="grid grid-cols-4 gap-2">
        {stepNames.map((name, index) => (
          <li key={name}>
            <button
              type="button"
              disabled={index >= at}
              aria-current={index === at ? 'step' : undefined}
              onClick={() => go(name)}
              className={cn(
                'grid w-full gap-2 rounded-md text-left font-medium text-sm',
                index === at ? 'text-foreground' : 'text-muted enabled:hover:text-foreground',
              )}
            >
              <span className={cn('h-1.5 rounded-full', index <= at ? 'bg-primary' : 'bg-border')} />
              <span className="flex items-center gap-1.5">
                <span className="numeric text-muted">{index + 1}</span>
                {wizard.steps[name]}
                {index < at ? <Check className="size-3.5 text-ok" aria-hidden /> : null}
              </span>
            </button>
          </li>
        ))}
      </ol>
    </nav>
  )
}
