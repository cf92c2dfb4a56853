'use client'
/** A new channel: first its kind, then its form; saved and tested in one go. */
import { type AlertLevel, ChannelKind } from '@bramble/cluster'
import { ArrowLeft, Plus } from 'lucide-react'
import { type FormEvent, useState, useTransition } from 'react'
import { toast } from 'sonner'
import { useConfirmed } from '@/features/identity/confirm-identity.tsx'
import type { Outcome } from '@/format/outcome.ts'
import { Button } from '@/ui/button.tsx'
import { Dialog, DialogContent, DialogDescription, DialogFooter, DialogTitle, DialogTrigger } from '@/ui/dialog.tsx'
import { Input } from '@/ui/input.tsx'
import { Field } from '@/ui/label.tsx'
import { Refused, useMarked } from '@/ui/refused.tsx'
import { addChannel, testChannel } from './actions.ts'
import { ChannelFields } from './channel-fields.tsx'
import { configOf, fieldsOf } from './config.ts'
import { kindWords, notifications, channelForm as words } from './copy.ts'
import { KindIcon } from './kind-icon.tsx'
import { LevelChoice } from './level-choice.tsx'

export function AddChannel() {
  const [open, setOpen] = useState(false)
  const [kind, setKind] = useState<ChannelKind | null>(null)
  const show = (next: boolean) => {
    setOpen(next)
    if (next) setKind(null)
  }
  return (
    <Dialog open={open} onOpenChange={show}>
      <DialogTrigger asChild>
        <Button variant="primary">
          <Plus aria-hidden />
          {notifications.add}
        </Button>
      </DialogTrigger>
      <DialogContent>
        <DialogTitle>{kind ? kindWords[kind].label : words.title}</DialogTitle>
        <DialogDescription>{kind ? kindWords[kind].text : words.kindText}</DialogDescription>
        {kind ? (
          <ChannelForm kind={kind} onBack={() => setKind(null)} onDone={() => setOpen(false)} />
        ) : (
          <ul className="grid gap-2">
            {ChannelKind.options.map((option) => (
              <li key={option}>
                <button
                  type="button"
                  onClick={() => setKind(option)}
                  className="flex w-full items-center gap-3 rounded-lg border border-border p-3 text-left transition-colors hover:border-field hover:bg-sunken"
                >
                  <KindIcon kind={option} />
                  <span className="grid text-sm">
                    <span className="font-medium">{kindWords[option].label}</span>
                    <span className="text-muted">{kindWords[option].text}</span>
                  </span>
                </button>
              </li>
            ))}
          </ul>
        )}
      </DialogContent>
    </Dialog>
  )
}

interface ChannelFormProps {
  kind: ChannelKind
  onBack: () => void
  onDone: () => void
}

function ChannelForm({ kind, onBack, onDone }: ChannelFormProps) {
  const [level, setLevel] = useState<AlertLevel>('warning')
  const [answer, setAnswer] = useState<Outcome | null>(null)
  const { form: element, marked } = useMarked(answer)
  const [pending, start] = useTransition()
  const confirmed = useConfirmed()
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    const name = String(form.get('name') ?? '')
    start(async () => {
      const added = await confirmed(() => addChannel({ name, leastLevel: level, config: configOf(kind, form) }))
      setAnswer(added)
      if (!added.ok) return
      onDone()
      const tested = await testChannel(added.id)
      if (tested.ok) toast.success(`${words.added(name)}. ${notifications.tested}`)
      else toast.error(tested.message, { description: tested.cure, duration: 20_000 })
    })
  }
  return (
    <form ref={element} onSubmit={submit} className="grid gap-4">
      <Field label={words.name} error={marked.name} hint={words.nameHint}>
        {(control) => (
          <Input
            {...control}
            name="name"
            required
            maxLength={60}
            defaultValue={kindWords[kind].label}
            autoComplete="off"
          />
        )}
      </Field>
      <ChannelFields kind={kind} marked={marked} />
      {kind !== 'heartbeat' && (
        <Field label={words.level}>
          {(control) => <LevelChoice id={control.id} value={level} onChange={setLevel} />}
        </Field>
      )}
      <p className="text-[0.8125rem] text-muted">{words.sealed}</p>
      <Refused answer={answer} at={['name', ...fieldsOf(kind)]} />
      <DialogFooter>
        <Button variant="ghost" onClick={onBack} disabled={pending}>
          <ArrowLeft aria-hidden />
          {words.back}
        </Button>
        <Button type="submit" variant="primary" pending={pending}>
          {words.saveAndTest}
        </Button>
      </DialogFooter>
    </form>
  )
}
