'use client'
import { FilterX } from 'lucide-react'
import { useRouter, useSearchParams } from 'next/navigation'
import { useEffect, useRef, useState, useTransition } from 'react'
import { Button } from '@/ui/button.tsx'
import { Input } from '@/ui/input.tsx'
import { Field } from '@/ui/label.tsx'
import { Select, SelectContent, SelectItem, SelectTrigger, SelectValue } from '@/ui/select.tsx'
import { audit } from './copy.ts'
import { type FilterName, filterNames } from './filter-names.ts'

const every = 'every'
/** Milliseconds without a key before the address follows what is typed. */
const pause = 350

/** The filter lives in the address, so that it can be sent to somebody. `verbs`: what stands in the audit. */
export function AuditFilter({ verbs }: { verbs: readonly string[] }) {
  const router = useRouter()
  const query = useSearchParams()
  const [pending, start] = useTransition()
  const set = (changes: Partial<Record<FilterName, string>>) => {
    const next = new URLSearchParams(query)
    next.delete('before')
    for (const [name, value] of Object.entries(changes)) value ? next.set(name, value) : next.delete(name)
    start(() => router.replace(`/audit?${next}`, { scroll: false }))
  }
  const isFiltered = filterNames.some((name) => query.has(name))
  return (
    <search
      aria-busy={pending}
      className="grid grid-cols-2 items-end gap-3 md:grid-cols-4 xl:grid-cols-[minmax(0,1fr)_minmax(0,1fr)_minmax(0,1.2fr)_7.5rem_9.75rem_9.75rem_auto]"
    >
      <Typed name="text" label={audit.filter.text} value={query.get('text') ?? ''} set={set} />
      <Typed name="who" label={audit.filter.who} value={query.get('who') ?? ''} set={set} />
      <Choice
        label={audit.filter.what}
        all={audit.filter.everything}
        value={query.get('what')}
        options={verbs.map((verb) => [verb, audit.words(verb)])}
        choose={(what) => set({ what })}
      />
      <Choice
        label={audit.filter.outcome}
        all={audit.filter.any}
        value={query.get('outcome')}
        options={Object.entries(audit.outcomes)}
        choose={(outcome) => set({ outcome })}
      />
      <Day name="from" label={audit.filter.from} value={query.get('from')} set={set} />
      <Day name="to" label={audit.filter.to} value={query.get('to')} set={set} />
      <Button
        variant="ghost"
        disabled={!isFiltered}
        className="justify-self-start px-3"
        onClick={() => start(() => router.replace('/audit', { scroll: false }))}
      >
        <FilterX aria-hidden />
        {audit.filter.clear}
      </Button>
    </search>
  )
}

/** Follows what is typed after a pause; a change of the address from elsewhere shows, too. */
function Typed(props: {
  name: 'text' | 'who'
  label: string
  value: string
  set: (c: Partial<Record<FilterName, string>>) => void
}) {
  const { name, label, value, set } = props
  const [typed, setTyped] = useState(value)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  useEffect(() => setTyped(value), [value])
  useEffect(() => () => clearTimeout(timer.current), [])
  return (
    <Field label={label}>
      {(control) => (
        <Input
          {...control}
          type="search"
          maxLength={200}
          value={typed}
          onChange={(event) => {
            const text = event.target.value
            setTyped(text)
            clearTimeout(timer.current)
            timer.current = setTimeout(() => set({ [name]: text.trim() }), pause)
          }}
        />
      )}
    </Field>
  )
}

function Choice(props: {
  label: string
  all: string
  value: string | null
  options: [string, string][]
  choose: (value: string) => void
}) {
  const { label, all, value, options, choose } = props
  return (
    <Field label={label}>
      {(control) => (
        <Select value={value ?? every} onValueChange={(next) => choose(next === every ? '' : next)}>
          <SelectTrigger {...control}>
            <SelectValue />
          </SelectTrigger>
          <SelectContent>
            <SelectItem value={every}>{all}</SelectItem>
            {options.map(([name, words]) => (
              <SelectItem key={name} value={name}>
                {words}
              </SelectItem>
            ))}
          </SelectContent>
        </Select>
      )}
    </Field>
  )
}

/** A day of the reader's own calendar; the address carries the moment at which it begins, or ends. */
function Day(props: {
  name: 'from' | 'to'
  label: string
  value: string | null
  set: (c: Partial<Record<FilterName, string>>) => void
}) {
  const { name, label, value, set } = props
  const [day, setDay] = useState('')
  const shift = name === 'to' ? 1 : 0
  // The server does not know the reader's time zone: the day appears when the browser has taken over.
  useEffect(() => setDay(value ? localDay(Number(value) - shift) : ''), [value, shift])
  const choose = (text: string) => {
    setDay(text)
    const [year, month, date] = text.split('-').map(Number)
    if (!text) set({ [name]: '' })
    else if (year && year > 1970 && month && date)
      set({ [name]: String(new Date(year, month - 1, date + shift).getTime() / 1000) })
  }
  return (
    <Field label={label} className="min-w-0">
      {(control) => (
        <Input
          {...control}
          type="date"
          value={day}
          className="numeric min-w-0"
          onChange={(event) => choose(event.target.value)}
        />
      )}
    </Field>
  )
}

/** `2026-01-31`, in the reader's time zone. */
function localDay(seconds: number): string {
  const at = new Date(seconds * 1000)
  const two = (n: number) => String(n).padStart(2, '0')
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`
}
