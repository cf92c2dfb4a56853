'use client'
/** *Plan* and *Provision*: both look first; the second leads on to the button. */
import { EllipsisVertical, Play, ScanSearch, Trash2 } from 'lucide-react'
import { useRouter } from 'next/navigation'
import { useState, useTransition } from 'react'
import { toast } from 'sonner'
import { forgetCluster, planCluster } from '@/features/plan/actions.ts'
import { planPath } from '@/features/plan/plan-path.ts'
import { Button } from '@/ui/button.tsx'
import { ConfirmDialog } from '@/ui/confirm-dialog.tsx'
import { Dropdown, DropdownContent, DropdownItem, DropdownTrigger } from '@/ui/dropdown.tsx'

interface PlanButtonsProps {
  cluster: string
  built: boolean
  busy: boolean
  admin: boolean
}

export function PlanButtons({ cluster, built, busy, admin }: PlanButtonsProps) {
  const router = useRouter()
  const [pressed, setPressed] = useState<'look' | 'provision'>('look')
  const [pending, start] = useTransition()
  const [removing, setRemoving] = useState(false)

  function plan(intent: 'look' | 'provision') {
    setPressed(intent)
    start(async () => {
      const answer = await planCluster({ cluster })
      if (answer.ok) router.push(planPath(cluster, answer.run, intent))
      else toast.error(answer.message, { description: answer.cure })
    })
  }

  return (
    <>
      <Button onClick={() => plan('look')} pending={pending && pressed === 'look'} disabled={busy || pending}>
        <ScanSearch aria-hidden /> Plan
      </Button>
      <Button
        variant="primary"
        onClick={() => plan('provision')}
        pending={pending && pressed === 'provision'}
        disabled={busy || pending}
      >
        <Play aria-hidden /> {built ? 'Reprovision' : 'Provision'}
      </Button>
      {admin && (
        <Dropdown>
          <DropdownTrigger asChild>
            <Button variant="ghost" size="icon" aria-label={`Actions for ${cluster}`}>
              <EllipsisVertical aria-hidden />
            </Button>
          </DropdownTrigger>
          <DropdownContent>
            <DropdownItem tone="bad" disabled={busy} onSelect={() => setRemoving(true)}>
              <Trash2 aria-hidden /> Remove from Bramble…
            </DropdownItem>
          </DropdownContent>
        </Dropdown>
      )}
      {removing && <RemoveDialog cluster={cluster} onClose={() => setRemoving(false)} />}
    </>
  )
}

function RemoveDialog({ cluster, onClose }: { cluster: string; onClose: () => void }) {
  const router = useRouter()
  return (
    <ConfirmDialog
      title={`Remove ${cluster} from Bramble?`}
      text="The Pis keep running unchanged. Bramble deletes their roles, runs, and secrets, and cannot manage them again."
      typed={{ name: cluster, label: `Type ${cluster} to confirm` }}
      keep="Cancel"
      confirm="Remove"
      onClose={onClose}
      onConfirm={async (typed) => {
        const answer = await forgetCluster({ cluster, typed })
        if (!answer.ok) return answer
        toast.success(`${cluster} removed from Bramble`)
        router.push('/')
        return undefined
      }}
    />
  )
}
