'use client'
/** From one day to another, both included, where the reader is. */
import { Input } from '@/ui/input.tsx'
import { runList as words } from './copy.ts'

interface When {
  from: number | null
  to: number | null
}

export function RunDays({ when, onWhen }: { when: When; onWhen: (when: When) => void }) {
  const field = (name: 'from' | 'to') => (
    <Input
      key={`${name} ${when[name]}`}
      type="date"
      aria-label={words[name]}
      title={words[name]}
      className="numeric h-10 sm:h-9 sm:w-40"
      defaultValue={when[name] === null ? '' : dayOf(name === 'to' ? when[name] - 1 : when[name])}
      onBlur={(event) => {
        const next = startOf(event.target.value, name === 'to' ? 1 : 0)
        if (next !== when[name]) onWhen({ ...when, [name]: next })
      }}
      onKeyDown={(event) => event.key === 'Enter' && event.currentTarget.blur()}
    />
  )
  return (
    <>
      {field('from')}
      {field('to')}
    </>
  )
}

function dayOf(seconds: number): string {
  const at = new Date(seconds * 1000)
  const two = (part: number) => String(part).padStart(2, '0')
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`
}

/** Seconds since 1970 of the midnight at which a day begins, or so many days later; null for no day. */
function startOf(day: string, later: number): number | null {
  const at = new Date(`${day}T00:00:00`)
  if (Number.isNaN(at.getTime())) return null
  at.setDate(at.getDate() + later)
  return at.getTime() / 1000
}
