'use client'
/** Variables of an app: plain ones are shown, secret ones are not. */
import type { VariableView } from '@bramble/db/apps'
import { X } from 'lucide-react'
import { useRouter } from 'next/navigation'
import { type FormEvent, useState, useTransition } from 'react'
import { toast } from 'sonner'
import type { Outcome } from '@/format/outcome.ts'
import { Alert } from '@/ui/alert.tsx'
import { Badge } from '@/ui/badge.tsx'
import { Button } from '@/ui/button.tsx'
import { Card, CardContent, CardDescription, CardHeader, CardTitle } from '@/ui/card.tsx'
import { Input, Textarea } from '@/ui/input.tsx'
import { Field } from '@/ui/label.tsx'
import { changeVariables, pasteVariables } from './actions.ts'
import { environment as words } from './copy.ts'

interface EnvironmentCardProps {
  cluster: string
  app: string
  variables: readonly VariableView[]
  operator: boolean
}

export function EnvironmentCard({ cluster, app, variables, operator }: EnvironmentCardProps) {
  const router = useRouter()
  const [answer, setAnswer] = useState<Outcome | null>(null)
  const [pending, start] = useTransition()
  const at = { cluster, app }
  const send = (work: () => Promise<Outcome>, done?: () => void) =>
    start(async () => {
      const made = await work()
      setAnswer(made)
      if (!made.ok) return
      toast.success(words.saved)
      done?.()
      router.refresh()
    })
  return (
    <Card>
      <CardHeader>
        <CardTitle>{words.title}</CardTitle>
        <CardDescription>{words.text}</CardDescription>
      </CardHeader>
      <CardContent className="grid gap-5">
        {variables.length === 0 && <p className="text-muted text-sm">{words.none}</p>}
        <ul className="grid list-none divide-y divide-border" aria-label={words.title}>
          {variables.map(({ name, value }) => (
            <li key={name} className="flex items-center justify-between gap-3 py-1.5 text-sm">
              <span className="wrap-anywhere min-w-0">
                <span className="numeric font-medium">{name}</span>{' '}
                {value === null ? (
                  <Badge>{words.secret}</Badge>
                ) : (
                  <span className="numeric whitespace-pre-wrap text-muted">{value}</span>
                )}
              </span>
              {operator && (
                <Button
                  size="icon-sm"
                  variant="ghost"
                  aria-label={words.unset(name)}
                  disabled={pending}
                  onClick={() => send(() => changeVariables({ ...at, set: {}, unset: [name], secret: value === null }))}
                >
                  <X aria-hidden />
                </Button>
              )}
            </li>
          ))}
        </ul>
        {answer && !answer.ok && (
          <Alert tone="bad" title={answer.message}>
            {answer.cure}
          </Alert>
        )}
        {operator && (
          <div className="grid gap-6 lg:grid-cols-2">
            <OneVariable
              pending={pending}
              onSet={(name, value, secret, done) =>
                send(() => changeVariables({ ...at, set: { [name]: value }, unset: [], secret }), done)
              }
            />
            <PasteForm
              pending={pending}
              onPaste={(text, secret, done) => send(() => pasteVariables({ ...at, text, secret }), done)}
            />
          </div>
        )}
      </CardContent>
    </Card>
  )
}

interface OneVariableProps {
  pending: boolean
  onSet: (name: string, value: string, secret: boolean, done: () => void) => void
}

function OneVariable({ pending, onSet }: OneVariableProps) {
  const [name, setName] = useState('')
  const [value, setValue] = useState('')
  const [secret, setSecret] = useState(true)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    onSet(name.trim(), value, secret, () => {
      setName('')
      setValue('')
    })
  }
  return (
    <form noValidate className="grid content-start gap-3" onSubmit={submit}>
      <Field label={words.name}>
        {(control) => (
          <Input
            {...control}
            value={name}
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
            onChange={(event) => setName(event.target.value)}
          />
        )}
      </Field>
      <Field label={words.value}>
        {(control) => (
          <Textarea {...control} value={value} spellCheck={false} onChange={(event) => setValue(event.target.value)} />
        )}
      </Field>
      <SecretChoice checked={secret} onChange={setSecret} />
      <div>
        <Button type="submit" pending={pending} disabled={name.trim() === ''}>
          {words.set}
        </Button>
      </div>
    </form>
  )
}

interface PasteFormProps {
  pending: boolean
  onPaste: (text: string, secret: boolean, done: () => void) => void
}

function PasteForm({ pending, onPaste }: PasteFormProps) {
  const [text, setText] = useState('')
  const [secret, setSecret] = useState(true)
  return (
    <form
      noValidate
      className="grid content-start gap-3"
      onSubmit={(event) => {
        event.preventDefault()
        onPaste(text, secret, () => setText(''))
      }}
    >
      <Field label={words.paste} hint={words.pasteHint}>
        {(control) => (
          <Textarea
            {...control}
            className="min-h-40"
            value={text}
            spellCheck={false}
            onChange={(event) => setText(event.target.value)}
          />
        )}
      </Field>
      <SecretChoice checked={secret} onChange={setSecret} />
      <div>
        <Button type="submit" pending={pending} disabled={text.trim() === ''}>
          {words.pasteSet}
        </Button>
      </div>
    </form>
  )
}

function SecretChoice({ checked, onChange }: { checked: boolean; onChange: (checked: boolean) => void }) {
  return (
    <label className="flex min-h-6 items-center gap-2 text-sm">
      <input
        type="checkbox"
        className="size-4 accent-primary"
        checked={checked}
        onChange={(event) => onChange(event.target.checked)}
      />
      {words.isSecret}
    </label>
  )
}
