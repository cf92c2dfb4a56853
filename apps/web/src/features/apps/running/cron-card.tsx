'use client'
/** Scheduled commands of an app, and how they ran. */
import type { AppCronRun } from '@bramble/cluster'
import type { AppView } from '@bramble/db/apps'
import { useState } from 'react'
import { toast } from 'sonner'
import { DataTable } from '@/charts/board/data-table.tsx'
import { Badge } from '@/ui/badge.tsx'
import { Button } from '@/ui/button.tsx'
import { Card, CardContent, CardDescription, CardHeader, CardTitle } from '@/ui/card.tsx'
import { ConfirmDialog } from '@/ui/confirm-dialog.tsx'
import { fieldStyle } from '@/ui/input.tsx'
import { Field } from '@/ui/label.tsx'
import { RelativeTime } from '@/ui/time.tsx'
import { environment } from '../copy.ts'
import { changeCron } from './actions.ts'
import { running } from './copy.ts'

const { cron: words } = running

interface CronCardProps {
  cluster: string
  app: AppView
  operator: boolean
}

export function CronCard({ cluster, app, operator }: CronCardProps) {
  const [open, setOpen] = useState(false)
  const jobs = app.status?.cron ?? []
  return (
    <Card>
      <CardHeader>
        <CardTitle>{words.title}</CardTitle>
        <CardDescription>{words.text}</CardDescription>
      </CardHeader>
      <CardContent className="grid gap-4">
        <DataTable
          label={words.title}
          empty={words.none}
          columns={Object.values(words.columns).map((title) => ({ title }))}
          rows={jobs.map(({ name, schedule, runs: [last] }) => ({
            key: name,
            cells: [
              name,
              schedule,
              last ? <RelativeTime key="at" at={last.started} /> : words.never,
              last ? <Result key="result" run={last} /> : '',
              last?.node ?? '',
            ],
          }))}
        />
        {jobs.map(
          ({ name, runs: [last] }) =>
            last?.lines && (
              <pre key={name} className="max-h-64 overflow-auto whitespace-pre-wrap rounded-md bg-sunken p-3 text-xs">
                {name}: {last.lines}
              </pre>
            ),
        )}
        {operator && (
          <div>
            <Button size="sm" aria-label={words.editTitle} onClick={() => setOpen(true)}>
              {words.edit}
            </Button>
          </div>
        )}
      </CardContent>
      {open && <CronDialog cluster={cluster} app={app} onClose={() => setOpen(false)} />}
    </Card>
  )
}

function Result({ run: { state, started, ended, code } }: { run: AppCronRun }) {
  return (
    <span className="inline-flex flex-wrap items-center gap-2">
      <Badge tone={words.states[state].tone}>{words.states[state].label}</Badge>
      {ended && words.seconds(Math.round((Date.parse(ended) - Date.parse(started)) / 1000))}
      {state === 'failed' && code !== null && words.exit(code)}
    </span>
  )
}

function CronDialog({ cluster, app, onClose }: { cluster: string; app: AppView; onClose: () => void }) {
  const present = app.spec.cron ?? app.status?.cron ?? []
  const [text, setText] = useState(
    present.map(({ name, schedule, command }) => `${name} | ${schedule} | ${command}`).join('\n'),
  )
  return (
    <ConfirmDialog
      title={words.editTitle}
      text={words.editText}
      keep={running.cancel}
      confirm={words.save}
      onClose={onClose}
      onConfirm={async () => {
        const changed = await changeCron({ cluster, app: app.name, text })
        if (!changed.ok) return changed
        onClose()
        toast.success(environment.saved)
        return undefined
      }}
    >
      <Field label={words.field}>
        {(control) => (
          <textarea
            {...control}
            rows={6}
            value={text}
            spellCheck={false}
            className={`${fieldStyle} p-2 font-mono`}
            onChange={(event) => setText(event.target.value)}
          />
        )}
      </Field>
    </ConfirmDialog>
  )
}
