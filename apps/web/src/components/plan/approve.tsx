'use client'
/** The one button: approves this plan, by its digest, and queues it. */
import { Flame, Play } from 'lucide-react'
import { useRouter } from 'next/navigation'
import { useEffect, useRef, useState, useTransition } from 'react'
import { toast } from 'sonner'
import { approvePlan } from '@/app/clusters/[cluster]/actions.ts'
import { Button } from '@/components/ui/button.tsx'
import { Input } from '@/components/ui/input.tsx'
import { Field } from '@/components/ui/label.tsx'
import type { Remark } from './words.ts'

interface ApproveProps {
  run: string
  digest: string
  cluster: string
  losses: readonly Remark[]
  /** Came here by *Provision*: the button is at hand at once. */
  focus: boolean
}

export function Approve({ run, digest, cluster, losses, focus }: ApproveProps) {
  const router = useRouter()
  const [typed, setTyped] = useState('')
  const [pending, start] = useTransition()
  const button = useRef<HTMLButtonElement>(null)
  const dangerous = losses.length > 0

  useEffect(() => {
    if (focus) button.current?.focus({ preventScroll: true })
  }, [focus])

  function approve() {
    start(async () => {
      const answer = await approvePlan({ run, digest, typed })
      if (answer.ok) router.push(`/runs/${answer.run}`)
      else toast.error(answer.message, { description: answer.cure })
    })
  }

  return (
    <form
      className="grid gap-4"
      onSubmit={(event) => {
        event.preventDefault()
        approve()
      }}
    >
      {dangerous && (
        <div className="grid gap-3 rounded-md border border-bad/30 bg-bad-subtle p-4 text-sm">
          <p className="flex gap-2 font-medium text-bad">
            <Flame className="mt-0.5 size-4 shrink-0" aria-hidden /> This will be lost for good:
          </p>
          <ul className="grid list-disc gap-1 pl-10">
            {losses.map((loss) => (
              <li key={`${loss.node} ${loss.step}`}>
                on {loss.node}: {loss.words}
              </li>
            ))}
          </ul>
          <Field label={`Type ${cluster} to confirm`} className="max-w-xs">
            {(control) => (
              <Input {...control} value={typed} autoComplete="off" onChange={(event) => setTyped(event.target.value)} />
            )}
          </Field>
        </div>
      )}
      <Button
        ref={button}
        type="submit"
        variant="primary"
        size="lg"
        className="justify-self-start max-sm:w-full"
        pending={pending}
        disabled={dangerous && typed !== cluster}
      >
        <Play aria-hidden /> Provision
      </Button>
    </form>
  )
}
