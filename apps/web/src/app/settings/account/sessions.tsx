'use client'
import { MonitorSmartphone } from 'lucide-react'
import { useTransition } from 'react'
import { toast } from 'sonner'
import { Badge } from '@/components/ui/badge.tsx'
import { Button } from '@/components/ui/button.tsx'
import { RelativeTime } from '@/components/ui/time.tsx'
import { settings } from '@/copy/settings.ts'
import { signOutOthers } from './actions.ts'

interface Entry {
  id: string
  browser: string
  since: string
  here: boolean
}

export function Sessions({ sessions }: { sessions: Entry[] }) {
  const [pending, start] = useTransition()
  const others = sessions.some((session) => !session.here)
  return (
    <div className="grid gap-4">
      <ul className="grid gap-3">
        {sessions.map((session) => (
          <li key={session.id} className="flex items-center gap-3 text-sm">
            <MonitorSmartphone className="size-4 text-muted" aria-hidden />
            <span className="font-medium">{session.browser}</span>
            {session.here ? <Badge tone="ok">{settings.sessions.here}</Badge> : null}
            <RelativeTime at={session.since} className="numeric ml-auto text-muted" />
          </li>
        ))}
      </ul>
      {others ? (
        <Button
          className="justify-self-start"
          pending={pending}
          onClick={() =>
            start(async () => {
              const answer = await signOutOthers()
              if (answer.ok) toast.success(settings.sessions.signedOut)
              else toast.error(answer.message)
            })
          }
        >
          {settings.sessions.signOutOthers}
        </Button>
      ) : (
        <p className="text-muted text-sm">{settings.sessions.onlyThis}</p>
      )}
    </div>
  )
}
