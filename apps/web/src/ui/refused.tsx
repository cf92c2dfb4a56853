'use client'
/** A form that was refused: what has a field is said at the field, what has none above the button. */
import { useEffect, useRef } from 'react'
import type { Outcome } from '@/format/outcome.ts'
import { Alert } from './alert.tsx'

type Answer = Outcome<object> | null

/** The sentence of each field, and the form's ref: its first marked field gets the focus. */
export function useMarked(answer: Answer) {
  const form = useRef<HTMLFormElement>(null)
  const marked = answer && !answer.ok ? (answer.fields ?? {}) : {}
  useEffect(() => {
    if (answer && !answer.ok && answer.fields)
      form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus()
  }, [answer])
  return { form, marked: marked as Readonly<Partial<Record<string, string>>> }
}

interface RefusedProps {
  answer: Answer
  /** Fields that say it themselves. */
  at: readonly string[]
  className?: string
}

export function Refused({ answer, at, className }: RefusedProps) {
  if (!answer || answer.ok) return null
  const elsewhere = Object.entries(answer.fields ?? {}).filter(([field]) => !at.includes(field))
  if (answer.fields && elsewhere.length === 0) return null
  return (
    <Alert
      tone="bad"
      title={answer.fields ? elsewhere.map(([, words]) => words).join(' ') : answer.message}
      className={className}
    >
      {answer.cure}
    </Alert>
  )
}
