'use client'
/** Which runs are shown, and the words sought in their logs; kept in the address, so that it can be shared. */
import type { JobKind, RunStatus } from '@bramble/cluster'
import { Search, X } from 'lucide-react'
import { useRouter } from 'next/navigation'
import { useEffect, useRef, useState, useTransition } from 'react'
import { Button } from '@/ui/button.tsx'
import { Input } from '@/ui/input.tsx'
import { Select, SelectContent, SelectItem, SelectTrigger, SelectValue } from '@/ui/select.tsx'
import { kinds, statuses, runList as words } from './copy.ts'
import { RunDays } from './run-days.tsx'
import { everyRun, type Filter, isFiltered, type Period, periods, runsPath } from './run-path.ts'

const any = '*'
const between = 'between'

interface RunFilterProps {
  filter: Filter
  clusters: readonly string[]
  askers: readonly string[]
}

export function RunFilter({ filter, clusters, askers }: RunFilterProps) {
  const router = useRouter()
  const [pending, start] = useTransition()
  const go = (change: Partial<Filter>) => start(() => router.push(runsPath({ ...filter, ...change })))
  const { when } = filter
  return (
    <div className="grid gap-3" aria-busy={pending}>
      <WordsField filter={filter} onWords={(text) => go({ words: text })} pending={pending} />
      <div className="grid grid-cols-2 gap-2 sm:flex sm:flex-wrap">
        {clusters.length > 1 && (
          <Choice
            label={words.cluster}
            every={words.everyCluster}
            value={filter.cluster}
            options={clusters.map((name) => [name, name])}
            onChoose={(cluster) => go({ cluster })}
          />
        )}
        <Choice
          label={words.kind}
          every={words.everyKind}
          value={filter.kind}
          options={Object.entries(kinds)}
          onChoose={(kind) => go({ kind: kind as JobKind | null })}
        />
        <Choice
          label={words.status}
          every={words.everyStatus}
          value={filter.status}
          options={Object.entries(statuses).map(([status, { label }]) => [status, label])}
          onChoose={(status) => go({ status: status as RunStatus | null })}
        />
        <Choice
          label={words.by}
          every={words.everybody}
          value={filter.by}
          options={(filter.by && !askers.includes(filter.by) ? [...askers, filter.by] : askers).map((who) => [
            who,
            who,
          ])}
          onChoose={(by) => go({ by })}
        />
        <Choice
          label={words.when}
          every={words.whenever}
          value={when === null ? null : typeof when === 'string' ? when : between}
          options={[
            ...(Object.keys(periods) as Period[]).map((period): [string, string] => [period, words.periods[period]]),
            [between, words.between],
          ]}
          onChoose={(chosen) =>
            go({ when: chosen === between ? { from: dayStart(-7), to: null } : (chosen as Period | null) })
          }
        />
        {when !== null && typeof when !== 'string' && <RunDays when={when} onWhen={(next) => go({ when: next })} />}
        {isFiltered(filter) && (
          <Button
            variant="ghost"
            size="sm"
            className="h-10 sm:h-9"
            onClick={() => start(() => router.push(runsPath(everyRun)))}
          >
            <X aria-hidden /> {words.clear}
          </Button>
        )}
      </div>
    </div>
  )
}

/** Seconds since 1970 of the midnight so many days from today, where the reader is. */
function dayStart(days: number): number {
  const day = new Date()
  day.setHours(0, 0, 0, 0)
  day.setDate(day.getDate() + days)
  return day.getTime() / 1000
}

interface WordsFieldProps {
  filter: Filter
  onWords: (text: string) => void
  pending: boolean
}

function WordsField({ filter, onWords, pending }: WordsFieldProps) {
  const [text, setText] = useState(filter.words)
  const field = useRef<HTMLInputElement>(null)
  useEffect(() => setText(filter.words), [filter.words])
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const typing = event.target instanceof HTMLElement && event.target.closest('input, textarea, [role="dialog"]')
      if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || typing) return
      event.preventDefault()
      field.current?.focus()
    }
    document.addEventListener('keydown', press)
    return () => document.removeEventListener('keydown', press)
  }, [])
  return (
    <search>
      <form
        className="flex gap-2"
        onSubmit={(event) => {
          event.preventDefault()
          onWords(text)
        }}
      >
        <div className="relative min-w-0 flex-1 sm:max-w-xl">
          <Search aria-hidden className="absolute top-1/2 left-3 size-4 -translate-y-1/2 text-muted" />
          <Input
            ref={field}
            type="search"
            value={text}
            maxLength={200}
            placeholder={words.words}
            aria-label={words.words}
            aria-keyshortcuts="/"
            className="pl-9"
            onChange={(event) => {
              setText(event.target.value)
              if (event.target.value === '' && filter.words) onWords('')
            }}
          />
        </div>
        <Button type="submit" pending={pending}>
          {words.search}
        </Button>
      </form>
    </search>
  )
}

interface ChoiceProps {
  label: string
  /** What stands there when nothing is chosen. */
  every: string
  value: string | null
  options: readonly (readonly [string, string])[]
  onChoose: (value: string | null) => void
}

function Choice({ label, every, value, options, onChoose }: ChoiceProps) {
  return (
    <Select value={value ?? any} onValueChange={(next) => onChoose(next === any ? null : next)}>
      <SelectTrigger className="h-10 min-w-0 sm:h-9 sm:w-auto sm:max-w-60" aria-label={label}>
        <SelectValue />
      </SelectTrigger>
      <SelectContent>
        <SelectItem value={any}>{every}</SelectItem>
        {options.map(([name, text]) => (
          <SelectItem key={name} value={name}>
            {text}
          </SelectItem>
        ))}
      </SelectContent>
    </Select>
  )
}
