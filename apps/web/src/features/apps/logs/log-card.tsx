'use client'
/** The log of an app: read from the nodes when it is asked for. */
import type { AppLogLine } from '@bramble/db'
import { useEffect, useRef, useState } from 'react'
import { z } from 'zod'
import { Alert } from '@/components/ui/alert.tsx'
import { Button } from '@/components/ui/button.tsx'
import { Card, CardContent, CardDescription, CardHeader, CardTitle } from '@/components/ui/card.tsx'
import { Input } from '@/components/ui/input.tsx'
import { Field } from '@/components/ui/label.tsx'
import { readAppLog } from '../actions.ts'
import { logs as words } from '../copy.ts'

const pollMs = 800
const patienceMs = 75_000

const Answer = z.object({
  lines: z.array(z.object({ at: z.string(), node: z.string(), process: z.string(), text: z.string() })).nullable(),
  trouble: z.object({ message: z.string(), cure: z.string() }).nullable(),
})
type Problem = { message: string; cure: string }

export function LogCard({ cluster, app }: { cluster: string; app: string }) {
  const [lines, setLines] = useState<readonly AppLogLine[] | null>(null)
  const [problem, setProblem] = useState<Problem | null>(null)
  const [reading, setReading] = useState(false)
  const [search, setSearch] = useState('')
  const here = useRef(true)
  useEffect(() => {
    here.current = true
    return () => {
      here.current = false
    }
  }, [])
  const read = async () => {
    setReading(true)
    setProblem(null)
    const result = await readLines(cluster, app, () => here.current)
    if (!here.current) return
    setReading(false)
    if ('lines' in result) setLines(result.lines)
    else setProblem(result)
  }
  const shown = lines?.filter(({ text, node, process }) =>
    `${node} ${process} ${text}`.toLowerCase().includes(search.toLowerCase()),
  )
  return (
    <Card>
      <CardHeader>
        <CardTitle>{words.title}</CardTitle>
        <CardDescription>{words.text}</CardDescription>
      </CardHeader>
      <CardContent className="grid gap-4">
        <div className="flex flex-wrap items-end gap-3">
          <Button pending={reading} onClick={() => void read()}>
            {words.read}
          </Button>
          {lines && lines.length > 0 && (
            <Field label={words.search} className="min-w-48 flex-1">
              {(control) => (
                <Input {...control} type="search" value={search} onChange={(event) => setSearch(event.target.value)} />
              )}
            </Field>
          )}
        </div>
        <p role="status" className="sr-only">
          {reading ? words.reading : ''}
        </p>
        {problem && (
          <Alert tone="bad" title={problem.message}>
            {problem.cure}
          </Alert>
        )}
        {shown && shown.length === 0 && (
          <p className="text-muted text-sm">{lines?.length === 0 ? words.empty : words.noMatch}</p>
        )}
        {shown && shown.length > 0 && (
          <section
            aria-label={words.title}
            className="max-h-96 overflow-auto rounded-md bg-sunken p-3"
            // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
            tabIndex={0}
          >
            <ol className="numeric grid list-none gap-0.5 text-xs">
              {shown.map((line, at) => (
                <li key={at} className="wrap-anywhere whitespace-pre-wrap">
                  <span className="text-muted">
                    {line.at.slice(0, 19).replace('T', ' ')} {line.node} {line.process}
                  </span>{' '}
                  {line.text}
                </li>
              ))}
            </ol>
          </section>
        )}
      </CardContent>
    </Card>
  )
}

async function readLines(
  cluster: string,
  app: string,
  isWanted: () => boolean,
): Promise<{ lines: readonly AppLogLine[] } | Problem> {
  const failed = { message: words.failed, cure: words.failedCure }
  const asked = await readAppLog({ cluster, app })
  if (!asked.ok) return { message: asked.message, cure: asked.cure }
  const end = Date.now() + patienceMs
  while (isWanted() && Date.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, pollMs))
    const response = await fetch(`/api/clusters/${cluster}/app-logs/${asked.id}`).catch(() => null)
    if (!response?.ok) return failed
    const { lines, trouble } = Answer.parse(await response.json())
    if (trouble) return trouble
    if (lines) return { lines }
  }
  return failed
}
