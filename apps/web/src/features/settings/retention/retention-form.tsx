'use client'
import type { Retention } from '@bramble/cluster'
import { startTransition, useActionState, useEffect } from 'react'
import { toast } from 'sonner'
import { useConfirmed } from '@/features/identity/confirm-identity.tsx'
import { settings } from '@/features/settings/copy.ts'
import type { Outcome } from '@/format/outcome.ts'
import { Button } from '@/ui/button.tsx'
import { Input } from '@/ui/input.tsx'
import { Field } from '@/ui/label.tsx'
import { Refused, useMarked } from '@/ui/refused.tsx'
import { saveRetention } from './actions.ts'

const words = settings.retention
const names = ['logs', 'runs', 'audit'] as const

export function RetentionForm({ kept }: { kept: Retention }) {
  const confirmed = useConfirmed()
  const [answer, submit, pending] = useActionState<Outcome | null, FormData>(
    (before, form) => confirmed(() => saveRetention(before, form)),
    null,
  )
  const { form, marked } = useMarked(answer)
  useEffect(() => {
    if (answer?.ok) toast.success(words.saved)
  }, [answer])
  return (
    <form
      ref={form}
      method="post"
      onSubmit={(event) => {
        event.preventDefault()
        const data = new FormData(event.currentTarget)
        startTransition(() => submit(data))
      }}
      className="grid gap-4"
    >
      <Refused answer={answer} at={names} />
      {names.map((name) => (
        <Field key={name} label={words.fields[name]} hint={words.hints[name]} error={marked[name]}>
          {(control) => (
            <span className="flex items-center gap-2 text-sm">
              <Input
                {...control}
                name={name}
                type="number"
                inputMode="numeric"
                min={7}
                max={3650}
                required
                defaultValue={kept[name]}
                className="w-28"
              />
              {words.days}
            </span>
          )}
        </Field>
      ))}
      <Button type="submit" pending={pending} className="justify-self-start">
        {words.save}
      </Button>
    </form>
  )
}
