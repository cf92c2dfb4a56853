'use client'
/** While the Pis are asked what they have; the plan follows by itself. */
import { LoaderCircle } from 'lucide-react'
import Link from 'next/link'
import { useRouter } from 'next/navigation'
import { useEffect } from 'react'
import { Elapsed } from '@/features/runs/elapsed.tsx'
import { useRunStream } from '@/features/runs/stream.ts'
import { isOver, type RunView } from '@/features/runs/view.ts'
import { buttonStyle } from '@/ui/button.tsx'
import { Card, CardContent } from '@/ui/card.tsx'
import { Progress } from '@/ui/progress.tsx'
import { Skeleton } from '@/ui/skeleton.tsx'
import { plural } from './words.ts'

export function PlanWait({ initial, nodes }: { initial: RunView; nodes: readonly string[] }) {
  const router = useRouter()
  const { run } = useRunStream(initial, false)
  const over = isOver(run)
  useEffect(() => {
    if (over) router.refresh()
  }, [over, router])
  return (
    <div className="grid gap-6">
      <Card>
        <CardContent className="grid gap-4">
          <div className="flex flex-wrap items-center justify-between gap-3">
            <p className="flex items-center gap-2.5 font-medium" role="status">
              <LoaderCircle className="size-4 animate-spin text-primary" aria-hidden />
              {run.status === 'queued' ? 'Waiting for a worker' : `Checking ${plural(nodes.length, 'Pi')}`}
            </p>
            <span className="flex items-center gap-4 text-muted text-sm">
              <Elapsed run={run} />
              <Link className={buttonStyle({ size: 'sm' })} href={`/runs/${run.id}`}>
                Log
              </Link>
            </span>
          </div>
          <Progress value={null} label="Planning" />
          <p className="text-muted text-sm">Planning changes nothing and takes a few seconds.</p>
        </CardContent>
      </Card>
      {nodes.map((node) => (
        <Skeleton key={node} className="h-28" />
      ))}
    </div>
  )
}
