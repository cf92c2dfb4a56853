'use client'
/** A test message and what became of it. */
import { useState, useTransition } from 'react'
import type { Outcome } from '@/format/outcome.ts'
import { Alert } from '@/ui/alert.tsx'
import { testChannel } from './actions.ts'
import { notifications as words } from './copy.ts'

export interface Test {
  pending: boolean
  answer: Outcome<{ answer: string }> | null
  send: (channel: string) => void
}

export function useTest(): Test {
  const [pending, start] = useTransition()
  const [answer, setAnswer] = useState<Test['answer']>(null)
  const send = (channel: string) => {
    setAnswer(null)
    start(async () => setAnswer(await testChannel(channel)))
  }
  return { pending, answer, send }
}

export function TestAnswer({ test: { pending, answer } }: { test: Test }) {
  if (pending)
    return (
      <p role="status" className="text-muted text-sm">
        {words.testing}
      </p>
    )
  if (!answer) return null
  if (answer.ok)
    return (
      <Alert tone="ok" title={words.tested}>
        {answer.answer && words.answered(answer.answer)}
      </Alert>
    )
  return (
    <Alert tone="bad" title={answer.message}>
      {answer.cure}
    </Alert>
  )
}
