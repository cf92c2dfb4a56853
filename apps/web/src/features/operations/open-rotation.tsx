'use client'
/** A rotation of secrets that stopped on the way: how far it came, and how to go on. */
import type { OpenRotation as Rotation } from '@bramble/db/runs'
import { RefreshCwOff } from 'lucide-react'
import { useState } from 'react'
import { Alert } from '@/ui/alert.tsx'
import { Button } from '@/ui/button.tsx'
import { RelativeTime } from '@/ui/time.tsx'
import { operate } from './copy.ts'
import { RotateDialog } from './rotate-dialog.tsx'
import { rotation as words } from './rotation/copy.ts'

/** `busy`: a run goes on, and is most likely this. */
export function OpenRotation({ rotation, admin, busy }: { rotation: Rotation | null; admin: boolean; busy: boolean }) {
  const [asked, setAsked] = useState(false)
  if (!rotation) return null
  return (
    <>
      <Alert
        className="flex-wrap"
        tone="warn"
        title={
          <>
            {words.open.title} <RelativeTime at={rotation.since} />
          </>
        }
        actions={
          admin && (
            <Button size="sm" disabled={busy} title={busy ? operate.busy : undefined} onClick={() => setAsked(true)}>
              <RefreshCwOff aria-hidden /> {words.open.button}
            </Button>
          )
        }
      >
        {words.open.phases[rotation.phase]} {words.open.text}
      </Alert>
      {asked && <RotateDialog open onClose={() => setAsked(false)} />}
    </>
  )
}
