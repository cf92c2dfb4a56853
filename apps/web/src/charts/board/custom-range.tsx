'use client'
/** From and to by hand, in local time. */
import { CalendarClock } from 'lucide-react'
import { Popover } from 'radix-ui'
import { type FormEvent, useId, useState } from 'react'
import { ranges as words } from '@/live/copy.ts'
import { localText } from '@/live/local-time.ts'
import { type Range, windowOf } from '@/live/range.ts'
import { Button } from '@/ui/button.tsx'
import { cn } from '@/ui/cn.ts'
import { Input } from '@/ui/input.tsx'
import { Label } from '@/ui/label.tsx'

interface CustomRangeProps {
  range: Range
  onRange: (range: Range) => void
  now: () => number
}

export function CustomRange({ range, onRange, now }: CustomRangeProps) {
  const [open, setOpen] = useState(false)
  const fixed = !('live' in range)
  return (
    <Popover.Root open={open} onOpenChange={setOpen}>
      <Popover.Trigger asChild>
        <button
          type="button"
          aria-label={words.custom}
          title={words.custom}
          className={cn(
            'inline-flex h-7 items-center rounded-md px-2.5 text-muted hover:text-foreground',
            fixed && 'bg-raised text-foreground shadow-card',
          )}
        >
          <CalendarClock className="size-3.5" aria-hidden />
        </button>
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          align="start"
          sideOffset={6}
          collisionPadding={12}
          className="z-50 w-[min(20rem,calc(100vw-2rem))] animate-rise rounded-lg border border-border bg-raised p-4 shadow-float"
        >
          <Fields
            initial={windowOf(range, now())}
            onChosen={(chosen) => {
              setOpen(false)
              onRange(chosen)
            }}
          />
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  )
}

function Fields({ initial, onChosen }: { initial: { from: number; to: number }; onChosen: (range: Range) => void }) {
  const id = useId()
  const [from, setFrom] = useState(localText(initial.from))
  const [to, setTo] = useState(localText(initial.to))
  const [wrong, setWrong] = useState(false)
  function submit(event: FormEvent) {
    event.preventDefault()
    const chosen = { from: Date.parse(from) / 1000, to: Date.parse(to) / 1000 }
    if (chosen.to - chosen.from >= 60) onChosen(chosen)
    else setWrong(true)
  }
  return (
    <form onSubmit={submit} className="grid gap-3">
      <div className="grid gap-1.5">
        <Label htmlFor={`${id}from`}>{words.from}</Label>
        <Input id={`${id}from`} type="datetime-local" required value={from} onChange={(e) => setFrom(e.target.value)} />
      </div>
      <div className="grid gap-1.5">
        <Label htmlFor={`${id}to`}>{words.to}</Label>
        <Input
          id={`${id}to`}
          type="datetime-local"
          required
          value={to}
          aria-invalid={wrong}
          aria-describedby={`${id}wrong`}
          onChange={(e) => setTo(e.target.value)}
        />
      </div>
      <p id={`${id}wrong`} role="status" className={cn('text-xs', wrong ? 'text-bad' : 'text-muted')}>
        {wrong ? words.wrong : words.zone(Intl.DateTimeFormat().resolvedOptions().timeZone)}
      </p>
      <Button type="submit" variant="primary" size="sm">
        {words.show}
      </Button>
    </form>
  )
}
