'use client'
/** Stops and starts an app, and shows its maintenance page. */
import type { AppStatus } from '@bramble/cluster'
import { Construction, Play, Square } from 'lucide-react'
import { useState } from 'react'
import { Button } from '@/ui/button.tsx'
import { ConfirmDialog } from '@/ui/confirm-dialog.tsx'
import { changeAvailability } from './actions.ts'
import { running as words } from './copy.ts'

type Availability = AppStatus['availability']

interface AvailabilityButtonsProps {
  cluster: string
  app: string
  availability: Availability
  onStarted: (run: string | null) => void
}

export function AvailabilityButtons({ cluster, app, availability, onStarted }: AvailabilityButtonsProps) {
  const [to, setTo] = useState<Availability | null>(null)
  return (
    <>
      {availability !== 'running' && (
        <Button onClick={() => setTo('running')}>
          <Play aria-hidden /> {availability === 'stopped' ? words.start : words.endMaintenance}
        </Button>
      )}
      {availability === 'running' && (
        <Button onClick={() => setTo('maintenance')}>
          <Construction aria-hidden /> {words.maintenance}
        </Button>
      )}
      {availability !== 'stopped' && (
        <Button onClick={() => setTo('stopped')}>
          <Square aria-hidden /> {words.stop}
        </Button>
      )}
      {to && (
        <ConfirmDialog
          title={words.change[to].title(app)}
          text={words.change[to].text}
          danger={to !== 'running'}
          keep={words.cancel}
          confirm={words.change[to].confirm}
          onClose={() => setTo(null)}
          onConfirm={async () => {
            const made = await changeAvailability({ cluster, app, to })
            if (!made.ok) return made
            setTo(null)
            onStarted(made.run)
            return undefined
          }}
        />
      )}
    </>
  )
}
