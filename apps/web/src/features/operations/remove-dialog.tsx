'use client'
/** A Pi gives its roles away; what that means is planned next. */
import { useRouter } from 'next/navigation'
import { removePi } from '@/features/members/actions.ts'
import { members } from '@/features/members/copy.ts'
import { planCluster } from '@/features/plan/actions.ts'
import { planPath } from '@/features/plan/plan-path.ts'
import { ConfirmDialog } from '@/ui/confirm-dialog.tsx'

const words = members.remove

export function RemoveDialog({ cluster, node, onClose }: { cluster: string; node: string; onClose: () => void }) {
  const router = useRouter()
  return (
    <ConfirmDialog
      title={words.ask(node)}
      text={words.consequences(node)}
      typed={{ name: node, label: members.typed(node) }}
      keep={members.cancel}
      confirm={words.confirm}
      onClose={onClose}
      onConfirm={async (typed) => {
        const removed = await removePi({ cluster, node, typed })
        if (!removed.ok) return removed
        const planned = await planCluster({ cluster })
        router.push(planned.ok ? planPath(cluster, planned.run, 'provision') : `/clusters/${cluster}`)
        return undefined
      }}
    />
  )
}
