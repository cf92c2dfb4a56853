'use client'
/** A silence in full: what, until when, and why. */
import type { AlertView } from '@bramble/db/alerts'
import { type FormEvent, useState, useTransition } from 'react'
import { toast } from 'sonner'
import type { Outcome } from '@/format/outcome.ts'
import { Button } from '@/ui/button.tsx'
import { Dialog, DialogContent, DialogDescription, DialogFooter, DialogTitle } from '@/ui/dialog.tsx'
import { Input } from '@/ui/input.tsx'
import { Field } from '@/ui/label.tsx'
import { Refused, useMarked } from '@/ui/refused.tsx'
import { Select, SelectContent, SelectItem, SelectTrigger, SelectValue } from '@/ui/select.tsx'
import { silence } from './actions.ts'
import { silencing } from './copy.ts'
import { untilText } from './silence-time.tsx'

type Scope = 'one' | 'rule' | 'node' | 'all'

export function SilenceDialog({ alert, onClose }: { alert: AlertView; onClose: () => void }) {
  const { cluster, rule, node, title } = alert
  const [scope, setScope] = useState<Scope>('one')
  const [answer, setAnswer] = useState<Outcome | null>(null)
  const { form: element, marked } = useMarked(answer)
  const [pending, start] = useTransition()
  const scopes: [Scope, string][] = [
    ['one', silencing.thisOne(title, node)],
    ...(node
      ? ([
          ['rule', silencing.thisRule(title)],
          ['node', silencing.thisNode(node)],
        ] as [Scope, string][])
      : []),
    ['all', silencing.all],
  ]
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    // The browser reads the field in its own time zone.
    const until = new Date(String(form.get('until')))
    start(async () => {
      const asked = await silence({
        cluster,
        rule: scope === 'one' || scope === 'rule' ? rule : null,
        node: scope === 'one' || scope === 'node' ? node : null,
        until: Number.isNaN(until.getTime()) ? '' : until.toISOString(),
        reason: String(form.get('reason') ?? ''),
      })
      setAnswer(asked)
      if (!asked.ok) return
      toast.success(silencing.done(untilText(until, new Date())))
      onClose()
    })
  }
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()}>
      <DialogContent>
        <DialogTitle>{silencing.title}</DialogTitle>
        <DialogDescription>{silencing.text}</DialogDescription>
        <form ref={element} onSubmit={submit} className="grid gap-4">
          <Refused answer={answer} at={['until', 'reason']} />
          <Field label={silencing.scope}>
            {(control) => (
              <Select value={scope} onValueChange={(value) => setScope(value as Scope)}>
                <SelectTrigger {...control}>
                  <SelectValue />
                </SelectTrigger>
                <SelectContent>
                  {scopes.map(([value, label]) => (
                    <SelectItem key={value} value={value}>
                      {label}
                    </SelectItem>
                  ))}
                </SelectContent>
              </Select>
            )}
          </Field>
          <Field
            label={silencing.end}
            error={marked.until}
            hint={silencing.zone(Intl.DateTimeFormat().resolvedOptions().timeZone)}
          >
            {(control) => (
              <Input
                {...control}
                name="until"
                type="datetime-local"
                required
                defaultValue={tomorrow()}
                className="numeric"
              />
            )}
          </Field>
          <Field label={silencing.reason} error={marked.reason} hint={silencing.reasonHint}>
            {(control) => <Input {...control} name="reason" maxLength={300} autoComplete="off" />}
          </Field>
          <DialogFooter>
            <Button onClick={onClose}>{silencing.cancel}</Button>
            <Button type="submit" variant="primary" pending={pending}>
              {silencing.silence}
            </Button>
          </DialogFooter>
        </form>
      </DialogContent>
    </Dialog>
  )
}

/** As the field wants it: local time without a zone. */
function tomorrow(): string {
  const at = new Date(Date.now() + 24 * 3_600_000)
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16)
}
