'use client'
import { useState } from 'react'
import { cn } from '@/ui/cn.ts'
import { postgres } from './copy.ts'

/** SQL on two lines; a press shows all of it. */
export function QueryText({ query }: { query: string }) {
  const [open, setOpen] = useState(false)
  const text = query.replace(/\s+/g, ' ').trim()
  return (
    <button
      type="button"
      aria-expanded={open}
      title={open ? postgres.lists.fold : postgres.lists.expand}
      onClick={() => setOpen(!open)}
      className="min-w-0 rounded-sm text-left font-mono text-[0.8125rem] leading-relaxed"
    >
      <code className={cn('wrap-anywhere', open ? 'whitespace-pre-wrap' : 'line-clamp-2')}>
        {open ? query.trim() : text}
      </code>
    </button>
  )
}
