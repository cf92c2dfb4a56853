'use client'
/** A command in the sandbox of an app; its run shows what it prints. */
import { useRouter } from 'next/navigation'
import { useState, useTransition } from 'react'
import type { Outcome } from '@/format/outcome.ts'
import { Button } from '@/ui/button.tsx'
import { Card, CardContent, CardDescription, CardHeader, CardTitle } from '@/ui/card.tsx'
import { Input } from '@/ui/input.tsx'
import { Field } from '@/ui/label.tsx'
import { Refused } from '@/ui/refused.tsx'
import { runAppCommand } from './actions.ts'
import { command as words } from './copy.ts'

export function CommandCard({ cluster, app }: { cluster: string; app: string }) {
  const router = useRouter()
  const [command, setCommand] = useState('')
  const [answer, setAnswer] = useState<Outcome | null>(null)
  const [pending, start] = useTransition()
  const fields = answer && !answer.ok ? (answer.fields ?? {}) : {}
  const run = () =>
    start(async () => {
      const made = await runAppCommand({ cluster, app, command })
      setAnswer(made)
      if (made.ok) router.push(`/runs/${made.run}`)
    })
  return (
    <Card>
      <CardHeader>
        <CardTitle>{words.title}</CardTitle>
        <CardDescription>{words.text}</CardDescription>
      </CardHeader>
      <CardContent>
        <form
          noValidate
          className="grid gap-4"
          onSubmit={(event) => {
            event.preventDefault()
            if (!pending && command.trim() !== '') run()
          }}
        >
          <Field label={words.field} hint={words.hint} error={fields.command}>
            {(control) => (
              <Input
                {...control}
                className="font-mono"
                value={command}
                autoComplete="off"
                autoCapitalize="none"
                spellCheck={false}
                onChange={(event) => setCommand(event.target.value)}
              />
            )}
          </Field>
          <Refused answer={answer} at={['command']} />
          <div>
            <Button type="submit" pending={pending} disabled={command.trim() === ''}>
              {words.run}
            </Button>
          </div>
        </form>
      </CardContent>
    </Card>
  )
}
