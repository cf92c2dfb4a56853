'use client'
/** Switchover and pause, where the database is looked at. */
import { ArrowLeftRight, Pause, Play } from 'lucide-react'
import { useState } from 'react'
import { Button } from '@/ui/button.tsx'
import { operate as words } from './copy.ts'
import { usePaused } from './operate-menu.tsx'
import { PlainDialog } from './plain-dialog.tsx'
import { SwitchoverDialog } from './switchover-dialog.tsx'

export function PostgresButtons({ busy }: { busy: boolean }) {
  const paused = usePaused()
  const [asked, setAsked] = useState<'switchover' | 'pause' | 'resume' | null>(null)
  const close = () => setAsked(null)
  const other = paused ? 'resume' : 'pause'
  const Icon = paused ? Play : Pause
  return (
    <div className="wall:hidden flex flex-wrap gap-2">
      <Button size="sm" disabled={busy} title={busy ? words.busy : undefined} onClick={() => setAsked('switchover')}>
        <ArrowLeftRight aria-hidden /> {words.items.switchover.label}
      </Button>
      <Button size="sm" disabled={busy} title={busy ? words.busy : undefined} onClick={() => setAsked(other)}>
        <Icon aria-hidden /> {words.items[other].label}
      </Button>
      {asked === 'switchover' && <SwitchoverDialog onClose={close} />}
      {(asked === 'pause' || asked === 'resume') && <PlainDialog operation={{ kind: asked }} onClose={close} />}
    </div>
  )
}
