'use client'
/** One channel: where it leads, what it gets, a test whose answer is shown, and its end. */
import type { AlertLevel } from '@bramble/cluster'
import type { ChannelView } from '@bramble/db/alerts'
import { Send, Trash2 } from 'lucide-react'
import { useState, useTransition } from 'react'
import { toast } from 'sonner'
import { useConfirmed } from '@/features/identity/confirm-identity.tsx'
import type { Outcome } from '@/format/outcome.ts'
import { Alert } from '@/ui/alert.tsx'
import { Light } from '@/ui/badge.tsx'
import { Button } from '@/ui/button.tsx'
import { ConfirmDialog } from '@/ui/confirm-dialog.tsx'
import { Switch } from '@/ui/switch.tsx'
import { RelativeTime } from '@/ui/time.tsx'
import { changeChannel, removeChannel } from './actions.ts'
import { kindWords, notifications as words } from './copy.ts'
import { KindIcon } from './kind-icon.tsx'
import { LevelChoice } from './level-choice.tsx'
import { TestAnswer, useTest } from './test-message.tsx'

export function ChannelRow({ channel, admin }: { channel: ChannelView; admin: boolean }) {
  const { id, name, kind, place, enabled, leastLevel } = channel
  const [pending, start] = useTransition()
  const confirmed = useConfirmed()
  const [refused, setRefused] = useState<Outcome | null>(null)
  const test = useTest()
  const change = (next: { enabled?: boolean; leastLevel?: AlertLevel }) =>
    start(async () => {
      const answer = await confirmed(() => changeChannel({ id, ...next }))
      setRefused(answer.ok ? null : answer)
    })
  return (
    <li className="grid gap-3 px-5 py-4">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-3">
        <KindIcon kind={kind} />
        <div className="grid min-w-40 flex-1 gap-0.5 text-sm">
          <h3 className="wrap-anywhere font-medium">{name}</h3>
          <p className="wrap-anywhere text-muted">
            {kindWords[kind].label} · {place}
          </p>
          <Last channel={channel} />
        </div>
        <Switch
          checked={enabled}
          disabled={!admin || pending}
          aria-label={words.on(name)}
          onCheckedChange={(on) => change({ enabled: on })}
        />
      </div>
      <div className="flex flex-wrap items-center gap-2 sm:pl-13">
        {kind !== 'heartbeat' && (
          <LevelChoice
            value={leastLevel}
            disabled={!admin || pending}
            label={words.level(name)}
            onChange={(level) => change({ leastLevel: level })}
          />
        )}
        {admin && (
          <>
            <Button size="sm" pending={test.pending} aria-label={words.testOf(name)} onClick={() => test.send(id)}>
              <Send aria-hidden />
              {words.test}
            </Button>
            <Remove id={id} name={name} />
          </>
        )}
      </div>
      <TestAnswer test={test} />
      {refused && !refused.ok && (
        <Alert tone="bad" title={refused.message}>
          {refused.cure}
        </Alert>
      )}
    </li>
  )
}

function Last({ channel: { kind, last } }: { channel: ChannelView }) {
  if (!last) return <p className="text-muted">{words.none}</p>
  const tone = last.state === 'sent' ? 'ok' : last.state === 'failed' ? 'bad' : 'warn'
  return (
    <p className="wrap-anywhere flex items-baseline gap-2 text-muted">
      <Light tone={tone} />
      <span>
        {(kind === 'heartbeat' ? words.heartbeats : words.last)[last.state]}{' '}
        <RelativeTime at={last.at} className="numeric" />
        {last.trouble && `: ${last.trouble.message}`}
      </span>
    </p>
  )
}

function Remove({ id, name }: { id: string; name: string }) {
  const [open, setOpen] = useState(false)
  const confirmed = useConfirmed()
  return (
    <>
      <Button
        size="sm"
        variant="ghost"
        aria-haspopup="dialog"
        aria-label={words.removeOf(name)}
        onClick={() => setOpen(true)}
      >
        <Trash2 aria-hidden />
        {words.remove}
      </Button>
      {open && (
        <ConfirmDialog
          danger
          title={words.removeTitle(name)}
          text={words.removeText}
          keep={words.keep}
          confirm={words.remove}
          onClose={() => setOpen(false)}
          onConfirm={async () => {
            const answer = await confirmed(() => removeChannel(id))
            if (!answer.ok) return answer
            toast.success(words.removed(name))
            setOpen(false)
            return undefined
          }}
        />
      )}
    </>
  )
}
