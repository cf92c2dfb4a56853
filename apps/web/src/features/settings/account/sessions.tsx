'use client'
import { Laptop, Smartphone } from 'lucide-react'
import { useTransition } from 'react'
import { toast } from 'sonner'
import { settings } from '@/features/settings/copy.ts'
import type { Outcome } from '@/format/outcome.ts'
import { Badge } from '@/ui/badge.tsx'
import { Button } from '@/ui/button.tsx'
import { RelativeTime } from '@/ui/time.tsx'
import { signOutOne, signOutOthers } from './actions.ts'

const words = settings.sessions

export interface SessionEntry {
  id: string
  device: string
  phone: boolean
  address: string
  /** ISO times. */
  since: string
  seenAt: string
  here: boolean
}

export function Sessions({ sessions }: { sessions: SessionEntry[] }) {
  const [pending, start] = useTransition()
  const ask = (work: () => Promise<Outcome>, done: string) =>
    start(async () => {
      const answer = await work()
      if (answer.ok) toast.success(done)
      else toast.error(answer.message, { description: answer.cure })
    })
  return (
    <>
      <ul className="mt-4 divide-y divide-border border-border border-t">
        {sessions.map((session) => (
          <li
            key={session.id}
            className="grid min-h-17 grid-cols-[auto_minmax(0,1fr)_auto] items-center gap-x-3 px-5 py-3 text-sm"
          >
            {session.phone ? (
              <Smartphone className="size-4 text-muted" aria-hidden />
            ) : (
              <Laptop className="size-4 text-muted" aria-hidden />
            )}
            <div className="grid min-w-0 gap-0.5">
              <p className="flex flex-wrap items-center gap-2 font-medium">
                {session.device}
                {session.here ? <Badge tone="ok">{words.here}</Badge> : null}
              </p>
              <p className="numeric flex flex-wrap gap-x-3 text-muted">
                {session.address ? <span className="wrap-anywhere">{session.address}</span> : null}
                <span>
                  {words.since} <RelativeTime at={session.since} />
                </span>
                {session.here ? null : (
                  <span>
                    {words.seen} <RelativeTime at={session.seenAt} />
                  </span>
                )}
              </p>
            </div>
            {session.here ? null : (
              <Button
                variant="ghost"
                size="sm"
                disabled={pending}
                aria-label={words.signOutOf(session.device)}
                onClick={() => ask(() => signOutOne(session.id), words.signedOutOne(session.device))}
              >
                {words.signOut}
              </Button>
            )}
          </li>
        ))}
      </ul>
      <div className="border-border border-t p-5">
        {sessions.length > 1 ? (
          <Button pending={pending} onClick={() => ask(signOutOthers, words.signedOut)}>
            {words.signOutOthers}
          </Button>
        ) : (
          <p className="text-muted text-sm">{words.onlyThis}</p>
        )}
      </div>
    </>
  )
}
