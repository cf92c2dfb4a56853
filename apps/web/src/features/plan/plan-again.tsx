'use client'
import { RotateCcw } from 'lucide-react'
import { useRouter } from 'next/navigation'
import { useTransition } from 'react'
import { toast } from 'sonner'
import { Button } from '@/ui/button.tsx'
import { planCluster } from './actions.ts'

interface PlanAgainProps {
  cluster: string
  only: readonly string[] | null
  busy: boolean
}

export function PlanAgain({ cluster, only, busy }: PlanAgainProps) {
  const router = useRouter()
  const [pending, start] = useTransition()
  return (
    <Button
      pending={pending}
      disabled={busy}
      onClick={() =>
        start(async () => {
          const answer = await planCluster({ cluster, ...(only ? { only: [...only] } : {}) })
          if (answer.ok) router.push(`/clusters/${cluster}/plan/${answer.run}?provision=1`)
          else toast.error(answer.message, { description: answer.cure })
        })
      }
    >
      <RotateCcw aria-hidden /> Refresh plan
    </Button>
  )
}
