'use client'
/** The page that stays open on the wall: the cluster in this moment. */
import type { TimelineEvent } from '@bramble/cluster'
import { Pencil, PencilOff } from 'lucide-react'
import dynamic from 'next/dynamic'
import { type ReactNode, useMemo, useState } from 'react'
import { WallButton } from '@/components/shell/wall-button.tsx'
import { Button } from '@/components/ui/button.tsx'
import { Card, CardContent, CardHeader, CardTitle } from '@/components/ui/card.tsx'
import { Skeleton } from '@/components/ui/skeleton.tsx'
import { useSeries, useTimeline } from '@/components/watch/use-series.ts'
import { useSpec, useWatch, useWatchContext } from '@/components/watch/watch-provider.tsx'
import { path } from '@/copy/path.ts'
import { shelf } from '@/copy/sight.ts'
import { survival } from '@/copy/stack.ts'
import { flowOf, flowSelectors } from './flow.ts'
import { Happened } from './happened.tsx'
import { Headline } from './headline.tsx'
import { KeyFigures } from './key-figures.tsx'
import { Shelf } from './shelf.tsx'
import { Survival } from './survival.tsx'
import { trafficOf } from './traffic.ts'
import { TrafficPath } from './traffic-path.tsx'
import { Troubles } from './troubles.tsx'
import { useStanding } from './use-standing.ts'
import type { BoardView } from './view.ts'

// Carrying roles about is rare: its code comes when it is asked for.
const RoleEditor = dynamic(() => import('./role-editor.tsx').then((module) => module.RoleEditor), {
  loading: () => <Skeleton className="h-96" />,
})

const lastHour = { live: '1h' } as const
const lastDay = { live: '1d' } as const

interface LiveStackProps {
  boards: BoardView[]
  /** What happened lately, as the page was made. */
  events: TimelineEvent[]
  operator: boolean
  busy: boolean
  /** The run that is under way, or how the last one ended. */
  run: ReactNode
}

export function LiveStack({ boards, events: stored, operator, busy, run }: LiveStackProps) {
  const spec = useSpec()
  const watch = useWatch()
  const { now } = useWatchContext()
  const told = useTimeline(lastDay)
  const events = told.length > 0 ? told : stored
  const { standing, conditions, past } = useStanding({ spec, watch, events, now })
  const { data } = useSeries(flowSelectors, lastHour)
  const flow = useMemo(() => (data ? flowOf(data) : null), [data])
  const traffic = useMemo(() => trafficOf(spec, watch), [spec, watch])
  const working = useMemo(() => new Set(boards.filter((board) => board.busy).map(({ name }) => name)), [boards])
  const [editing, setEditing] = useState(false)
  return (
    <div className="grid gap-5">
      <Headline standing={standing} spec={spec} actions={<WallButton />} />
      <Troubles cluster={spec.name} troubles={conditions} />
      {run}
      <KeyFigures cluster={spec.name} flow={flow} />
      {editing ? (
        <RoleEditor
          spec={spec}
          boards={boards}
          operator={operator}
          busy={busy}
          actions={
            <Button size="sm" onClick={() => setEditing(false)}>
              <PencilOff aria-hidden /> {shelf.doneEditing}
            </Button>
          }
        />
      ) : (
        <div className="grid gap-5 xl:grid-cols-[minmax(0,3fr)_minmax(24rem,2fr)] xl:grid-rows-[auto_1fr] min-[1800px]:grid-cols-[minmax(0,5fr)_minmax(0,4fr)_minmax(0,3fr)]">
          <div className="grid content-start gap-5 xl:row-span-2">
            <Card>
              <CardHeader>
                <CardTitle>{shelf.title}</CardTitle>
                {operator && (
                  <Button
                    variant="ghost"
                    size="sm"
                    className="-my-1.5 wall:hidden col-start-2 row-start-1"
                    onClick={() => setEditing(true)}
                  >
                    <Pencil aria-hidden /> {shelf.editRoles}
                  </Button>
                )}
              </CardHeader>
              <CardContent className="px-3 pt-3 sm:px-5">
                <Shelf spec={spec} watch={watch} past={past} busy={working} />
              </CardContent>
            </Card>
            <Happened cluster={spec.name} events={events} />
          </div>
          <Card>
            <CardHeader>
              <CardTitle>{path.title}</CardTitle>
            </CardHeader>
            <CardContent className="px-3 pt-3 sm:px-5">
              <TrafficPath cluster={spec.name} traffic={traffic} flow={flow} />
            </CardContent>
          </Card>
          <Card className="h-fit">
            <CardHeader>
              <CardTitle>{survival.title}</CardTitle>
            </CardHeader>
            <CardContent className="pt-3">
              <Survival spec={spec} watch={watch} />
            </CardContent>
          </Card>
        </div>
      )}
    </div>
  )
}
