'use client'
/** Silence for an hour, eight, a day, or until a moment of one's choice. */
import type { AlertView } from '@bramble/db/alerts'
import { BellOff } from 'lucide-react'
import { useState, useTransition } from 'react'
import { toast } from 'sonner'
import { Button } from '@/ui/button.tsx'
import { Dropdown, DropdownContent, DropdownItem, DropdownLabel, DropdownTrigger } from '@/ui/dropdown.tsx'
import { silence } from './actions.ts'
import { silencing } from './copy.ts'
import { SilenceDialog } from './silence-dialog.tsx'
import { untilText } from './silence-time.tsx'

const choices = [
  [1, silencing.hours(1)],
  [8, silencing.hours(8)],
  [24, silencing.day],
] as const

export function SilenceMenu({ alert }: { alert: AlertView }) {
  const [asking, setAsking] = useState(false)
  const [pending, start] = useTransition()
  const { cluster, rule, node, title } = alert
  const silenceFor = (hours: number) =>
    start(async () => {
      const until = new Date(Date.now() + hours * 3_600_000)
      const answer = await silence({ cluster, rule, node, until: until.toISOString(), reason: '' })
      if (answer.ok) toast.success(silencing.done(untilText(until, new Date())))
      else toast.error(answer.message, { description: answer.cure })
    })
  return (
    <>
      <Dropdown>
        <DropdownTrigger asChild>
          <Button size="sm" pending={pending} aria-label={silencing.of(title)}>
            <BellOff aria-hidden />
            {silencing.silence}
          </Button>
        </DropdownTrigger>
        <DropdownContent>
          <DropdownLabel>{silencing.label}</DropdownLabel>
          {choices.map(([hours, label]) => (
            <DropdownItem key={hours} onSelect={() => silenceFor(hours)}>
              {label}
            </DropdownItem>
          ))}
          <DropdownItem onSelect={() => setAsking(true)}>{silencing.until}</DropdownItem>
        </DropdownContent>
      </Dropdown>
      {asking && <SilenceDialog alert={alert} onClose={() => setAsking(false)} />}
    </>
  )
}
