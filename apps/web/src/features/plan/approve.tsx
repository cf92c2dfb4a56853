'use client'
/** The one button: approves this plan, by its digest, and queues it. */
import { Play } from 'lucide-react'
import { useRouter } from 'next/navigation'
import { useEffect, useRef, useState, useTransition } from 'react'
import { toast } from 'sonner'
import { Button } from '@/ui/button.tsx'
import { Input } from '@/ui/input.tsx'
import { Field } from '@/ui/label.tsx'
import { approvePlan } from './actions.ts'

interface ApproveProps {
  run: string
  digest: string
  cluster: string
  /** Something is lost for good: the cluster's name is to be typed. */
  dangerous: boolean
  /** Names of the user's own files whose replacement is to be accepted, one by one. */
  foreign: readonly string[]
  /** Came here by *Provision*: the button is at hand at once. */
  focus: boolean
}

export function Approve({ run, digest, cluster, dangerous, foreign, focus }: ApproveProps) {
  const router = useRouter()
  const [typed, setTyped] = useState('')
  const [accepted, setAccepted] = useState<readonly string[]>([])
  const [pending, start] = useTransition()
  const button = useRef<HTMLButtonElement>(null)

  useEffect(() => {
    if (focus) button.current?.focus({ preventScroll: true })
  }, [focus])

  function approve() {
    start(async () => {
      const answer = await approvePlan({ run, digest, typed, replace: [...accepted] })
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
      {foreign.length > 0 && (
        <fieldset className="grid gap-2">
          <legend className="mb-1.5 font-medium">Replace these files of yours? A copy of each stays on its Pi.</legend>
          {foreign.map((name) => (
            <label key={name} className="flex items-start gap-2">
              <input
                type="checkbox"
                className="mt-0.5 size-4 shrink-0 accent-primary"
                checked={accepted.includes(name)}
                onChange={({ target }) =>
                  setAccepted((list) => (target.checked ? [...list, name] : list.filter((other) => other !== name)))
                }
              />
              <code className="wrap-anywhere text-xs leading-5">{name}</code>
            </label>
          ))}
        </fieldset>
      )}
      {dangerous && (
        <Field label={`Type ${cluster} to confirm`} className="max-w-xs">
          {(control) => (
            <Input {...control} value={typed} autoComplete="off" onChange={(event) => setTyped(event.target.value)} />
          )}
        </Field>
      )}
      <Button
        ref={button}
        type="submit"
        variant="primary"
        size="lg"
        className="justify-self-start max-sm:w-full"
        pending={pending}
        disabled={(dangerous && typed !== cluster) || accepted.length < foreign.length}
      >
        <Play aria-hidden /> Provision
      </Button>
    </form>
  )
}
