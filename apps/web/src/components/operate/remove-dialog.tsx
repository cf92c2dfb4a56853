'use client'
/** A Pi gives its roles away; what that means is planned next. */
import { useRouter } from 'next/navigation'
import { planCluster } from '@/app/clusters/[cluster]/actions.ts'
import { removePi } from '@/app/clusters/[cluster]/members.ts'
import { planPath } from '@/components/plan/plan-path.ts'
import { ConfirmDialog } from '@/components/ui/confirm-dialog.tsx'
import { members } from '@/copy/members.ts'

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
