'use client'
/** To which moment, what that takes away, and the cluster's name typed. */
import { spanText } from '@bramble/cluster'
import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { useSpec } from '@/live/watch-provider.tsx'
import { Alert } from '@/ui/alert.tsx'
import { ConfirmDialog } from '@/ui/confirm-dialog.tsx'
import { askRestore } from './actions.ts'
import { restoreDialog as words } from './copy.ts'
import { localField } from './moment.ts'
import { askedMoment, type Moment, MomentFields, wrongMoment } from './moment-fields.tsx'

interface RestoreDialogProps {
  /** ISO time from which on a restore is possible. */
  oldest: string | null
  onClose: () => void
}

export function RestoreDialog({ oldest, onClose }: RestoreDialogProps) {
  const { name: cluster } = useSpec()
  const router = useRouter()
  const [opened] = useState(() => new Date())
  const [moment, setMoment] = useState<Moment>(() => ({
    way: 'moment',
    field: localField(new Date(opened.getTime() - 5 * 60_000)),
  }))
  const to = askedMoment(moment)

  return (
    <ConfirmDialog
      title={words.title(cluster)}
      text={words.intro}
      typed={{ name: cluster, label: words.typed(cluster) }}
      ready={wrongMoment(moment, oldest) === undefined}
      keep={words.keep}
      confirm={words.confirm}
      onClose={onClose}
      onConfirm={async (typed) => {
        const answer = await askRestore({ cluster, to, typed })
        if (!answer.ok) return answer
        router.push(`/runs/${answer.run}`)
        return undefined
      }}
    >
      <MomentFields moment={moment} oldest={oldest} newestText={words.newestText} change={setMoment} />
      <Alert
        tone="warn"
        title={to === null ? words.lostNewest : words.lost(spanText((opened.getTime() - Date.parse(to)) / 1000))}
      >
        {words.undo}
      </Alert>
    </ConfirmDialog>
  )
}
