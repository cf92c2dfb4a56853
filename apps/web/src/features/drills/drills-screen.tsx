/** The page of the drills: what can be broken, what to expect, and what was measured. */

import type { Preset } from '@bramble/cluster'
import type { DrillView, RunView } from '@bramble/db/runs'
import { Download } from 'lucide-react'
import Link from 'next/link'
import { DataTable } from '@/charts/board/data-table.tsx'
import { ActiveRun } from '@/features/runs/active-run.tsx'
import { drillClasses } from '@/features/runs/drill-classes.ts'
import { Refresh } from '@/features/runs/refresh.tsx'
import { Alert } from '@/ui/alert.tsx'
import { Badge } from '@/ui/badge.tsx'
import { buttonStyle } from '@/ui/button.tsx'
import { Card, CardContent, CardDescription, CardHeader, CardTitle } from '@/ui/card.tsx'
import { RelativeTime } from '@/ui/time.tsx'
import { verdicts, drills as words } from './copy.ts'
import { DrillCards } from './drill-cards.tsx'
import { summarise } from './summary.ts'

interface DrillsScreenProps {
  cluster: string
  preset: Preset
  synchronous: boolean
  /** Newest first. */
  drills: readonly DrillView[]
  active: RunView | null
  built: boolean
  canOperate: boolean
}

export function DrillsScreen({ cluster, preset, synchronous, drills, active, built, canOperate }: DrillsScreenProps) {
  const reason = !canOperate ? words.viewer : !built ? words.unbuilt : active ? words.busy : null
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-5">
      <Refresh active={active !== null} />
      <div className="flex flex-wrap items-start justify-between gap-x-6 gap-y-3">
        <div className="grid max-w-prose gap-1 text-muted text-sm">
          <p>{words.intro}</p>
          <p>{synchronous ? words.sync : words.async}</p>
        </div>
        {drills.length > 0 && (
          <nav aria-label={words.report} className="flex flex-wrap gap-2">
            {Object.entries(words.formats).map(([format, label]) => (
              <a
                key={format}
                href={`/api/clusters/${cluster}/drills/${format}`}
                className={buttonStyle({ size: 'sm' })}
              >
                <Download aria-hidden /> {label}
              </a>
            ))}
          </nav>
        )}
      </div>
      {active && <ActiveRun key={active.id} initial={active} />}
      {reason && !active && <Alert tone="info" title={reason} />}
      <DrillCards {...{ cluster, preset, drills }} disabled={reason !== null} />
      {drills.length > 0 && <Expected drills={drills} />}
      <History drills={drills} />
    </div>
  )
}

function Expected({ drills }: { drills: readonly DrillView[] }) {
  const { columns } = words.summary
  return (
    <Card>
      <CardHeader>
        <CardTitle>{words.summary.title}</CardTitle>
        <CardDescription>{words.summary.text}</CardDescription>
      </CardHeader>
      <CardContent>
        <DataTable
          label={words.summary.title}
          columns={[
            { title: columns.class },
            { title: columns.mode },
            { title: columns.count, right: true },
            { title: columns.p50, right: true },
            { title: columns.p95, right: true },
            { title: columns.site, right: true },
            { title: columns.whole, right: true },
            { title: columns.lost, right: true },
          ]}
          rows={summarise(drills).map((row) => ({
            key: `${row.class} ${row.synchronous}`,
            cells: [
              drillClasses[row.class].title,
              row.synchronous ? words.modes.sync : words.modes.async,
              row.count,
              words.seconds(row.writes50),
              words.seconds(row.writes95),
              words.seconds(row.site95),
              words.seconds(row.whole50),
              words.count(row.lost),
            ],
          }))}
        />
      </CardContent>
    </Card>
  )
}

function History({ drills }: { drills: readonly DrillView[] }) {
  const { columns } = words.history
  return (
    <Card>
      <CardHeader>
        <CardTitle>{words.history.title}</CardTitle>
      </CardHeader>
      <CardContent>
        <DataTable
          label={words.history.title}
          empty={words.history.empty}
          columns={[
            { title: columns.at },
            { title: columns.class },
            { title: columns.node },
            { title: columns.verdict },
            { title: columns.writes, right: true },
            { title: columns.site, right: true },
            { title: columns.lost, right: true },
            { title: columns.failed, right: true },
            { title: columns.whole, right: true },
            { title: columns.run },
          ]}
          rows={drills.map((drill) => ({
            key: drill.run,
            cells: [
              <RelativeTime key="at" at={drill.at} />,
              drillClasses[drill.class].title,
              drill.node,
              <Badge key="verdict" tone={verdicts[drill.verdict].tone}>
                {verdicts[drill.verdict].label}
              </Badge>,
              words.seconds(drill.writeOutage),
              words.seconds(drill.siteOutage),
              words.count(drill.lost),
              `${drill.failedRequests} / ${drill.requests}`,
              words.seconds(drill.secondsToWhole),
              <Link key="run" href={`/runs/${drill.run}`} aria-label={words.history.runLabel(drill.at)}>
                {words.history.run}
              </Link>,
            ],
          }))}
        />
      </CardContent>
    </Card>
  )
}
