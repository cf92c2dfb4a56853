'use client'
import type { DrillClass } from '@bramble/cluster'
import { useRouter } from 'next/navigation'
/** Says what a drill will break, has the cluster's name typed, and starts it. */
import { drillClasses } from '@/features/runs/drill-classes.ts'
import { Alert } from '@/ui/alert.tsx'
import { ConfirmDialog } from '@/ui/confirm-dialog.tsx'
import { startDrill } from './actions.ts'
import { drills as words } from './copy.ts'

interface DrillDialogProps {
  cluster: string
  kind: DrillClass
  /** After which the Pi undoes it by itself. */
  seconds: number
  onClose: () => void
}

export function DrillDialog({ cluster, kind, seconds, onClose }: DrillDialogProps) {
  const router = useRouter()
  const { title, does, warning } = drillClasses[kind]
  return (
    <ConfirmDialog
      title={words.dialog.title(title, cluster)}
      text={does}
      typed={{ name: cluster, label: words.dialog.typed(cluster) }}
      keep={words.dialog.keep}
      confirm={words.dialog.go}
      onClose={onClose}
      onConfirm={async (typed) => {
        const answer = await startDrill({ cluster, class: kind, typed })
        if (!answer.ok) return answer
        router.push(`/runs/${answer.run}`)
        return undefined
      }}
    >
      <Alert tone="warn" title={words.dialog.warning}>
        {warning}
      </Alert>
      <ul className="grid list-disc gap-1.5 pl-5 text-muted text-sm">
        {words.dialog.lines(seconds).map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
    </ConfirmDialog>
  )
}
