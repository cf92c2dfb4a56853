'use client'
/** An upgrade of PostgreSQL that is not finished: since when, what is kept for it, and the two ways to end it. */
import { CheckCheck, Undo2 } from 'lucide-react'
import { useState } from 'react'
import { useSpec } from '@/live/watch-provider.tsx'
import { Alert } from '@/ui/alert.tsx'
import { Button } from '@/ui/button.tsx'
import { RelativeTime } from '@/ui/time.tsx'
import { operate as words } from './copy.ts'
import { PlainDialog } from './plain-dialog.tsx'

/** `operator`: may end it. */
export function OpenUpgrade({ operator, busy }: { operator: boolean; busy: boolean }) {
  const { postgres } = useSpec()
  const [asked, setAsked] = useState<'upgrade-back' | 'upgrade-finish' | null>(null)
  const back = postgres?.wayBack
  if (!back || postgres.version === undefined) return null
  const button = { size: 'sm' as const, disabled: busy, title: busy ? words.busy : undefined }
  const actions = operator && (
    <>
      <Button {...button} onClick={() => setAsked('upgrade-back')}>
        <Undo2 aria-hidden /> {words.items['upgrade-back'].label}
      </Button>
      <Button {...button} onClick={() => setAsked('upgrade-finish')}>
        <CheckCheck aria-hidden /> {words.items['upgrade-finish'].label}
      </Button>
    </>
  )
  return (
    <>
      <Alert
        className="flex-wrap"
        title={
          <>
            {words.open.title(postgres.version)} <RelativeTime at={back.since} />
          </>
        }
        actions={actions}
      >
        {words.open.kept(back.version)}
      </Alert>
      {asked && <PlainDialog operation={{ kind: asked }} onClose={() => setAsked(null)} />}
    </>
  )
}
