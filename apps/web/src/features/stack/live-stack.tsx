'use client'
/** The page that stays open on the wall: the cluster in this moment. */
import type { Condition, Recollection, Standing, TimelineEvent } from '@bramble/cluster'
import { Pencil, PencilOff } from 'lucide-react'
import dynamic from 'next/dynamic'
import { type ReactNode, useMemo, useState } from 'react'
import { WallButton } from '@/features/shell/wall-button.tsx'
import { shelf } from '@/features/topology/sight-copy.ts'
import { useSeries, useTimeline } from '@/live/use-series.ts'
import { useSpec, useWatch, useWatchContext } from '@/live/watch-provider.tsx'
import { Button } from '@/ui/button.tsx'
import { Card, CardContent, CardHeader, CardTitle } from '@/ui/card.tsx'
import { Skeleton } from '@/ui/skeleton.tsx'
import { survival } from './copy.ts'
import { KeyFigures } from './key-figures.tsx'
import { path } from './path/copy.ts'
import { flowOf, flowSelectors } from './path/flow.ts'
import { trafficOf } from './path/traffic.ts'
import { TrafficPath } from './path/traffic-path.tsx'
import { Shelf } from './shelf/shelf.tsx'
import { Happened } from './standing/happened.tsx'
import { Headline } from './standing/headline.tsx'
import { Survival } from './standing/survival.tsx'
import { Troubles } from './standing/troubles.tsx'
import { useStanding } from './standing/use-standing.ts'
import type { BoardView } from './view.ts'

// Carrying roles about is rare: its code comes when it is asked for.
const RoleEditor = dynamic(() => import('./shelf/role-editor.tsx').then((module) => module.RoleEditor), {
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
  const answered = useMemo(() => answersOf(boards, past), [boards, past])
  const [editing, setEditing] = useState(false)
  return (
    <div className="grid gap-5">
      <Headline standing={standing} spec={spec} actions={<WallButton />} />
      <Troubles cluster={spec.name} troubles={untold(conditions, standing)} />
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
        <div className="grid gap-5 xl:grid-cols-[minmax(0,3fr)_minmax(24rem,2fr)] min-[112rem]:grid-cols-[minmax(0,5fr)_minmax(0,4fr)_minmax(0,3fr)] min-[112rem]:grid-rows-[auto_1fr]">
          <div className="grid content-start gap-5 min-[112rem]:contents">
            <Card className="h-fit min-[112rem]:row-span-2">
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
                <Shelf spec={spec} watch={watch} answered={answered} busy={working} />
              </CardContent>
            </Card>
            <Card className="h-fit min-[112rem]:col-start-3">
              <CardHeader>
                <CardTitle>{survival.title}</CardTitle>
              </CardHeader>
              <CardContent className="pt-3">
                <Survival spec={spec} watch={watch} />
              </CardContent>
            </Card>
          </div>
          <div className="grid content-start gap-5 min-[112rem]:contents">
            <Card className="h-fit min-[112rem]:col-start-2 min-[112rem]:row-span-2 min-[112rem]:row-start-1">
              <CardHeader>
                <CardTitle>{path.title}</CardTitle>
              </CardHeader>
              <CardContent className="px-3 pt-3 sm:px-5">
                <TrafficPath cluster={spec.name} traffic={traffic} flow={flow} />
              </CardContent>
            </Card>
            <Happened cluster={spec.name} events={events} />
          </div>
        </div>
      )}
    </div>
  )
}

/** When each Pi answered last: to the watching, or to a run before anybody watched. */
function answersOf(boards: readonly BoardView[], past: Recollection): ReadonlyMap<string, string> {
  return new Map(
    boards.flatMap(({ name, seenAt }) => {
      const at = past.nodes[name]?.answered ?? seenAt
      return at === null ? [] : [[name, at] as const]
    }),
  )
}

/** While a change of the primary goes its way, the headline tells of it; a cure would only mislead. */
function untold(conditions: readonly Condition[], { verdict }: Standing): readonly Condition[] {
  if (verdict !== 'changing') return conditions
  return conditions.filter(({ rule }) => rule !== 'no-primary' && rule !== 'read-only')
}
