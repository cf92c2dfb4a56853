'use client'
import { type DrillClass, drillLimit, drillSeconds, type Preset } from '@bramble/cluster'
import type { DrillView } from '@bramble/db/runs'
import { Siren } from 'lucide-react'
import { useAsked } from '@/features/operations/asked.ts'
/** The classes of drills as cards: what each breaks, how it went last, and the button. */
import { drillClasses } from '@/features/runs/drill-classes.ts'
import { Badge } from '@/ui/badge.tsx'
import { Button } from '@/ui/button.tsx'
import { Card } from '@/ui/card.tsx'
import { RelativeTime } from '@/ui/time.tsx'
import { verdicts, drills as words } from './copy.ts'
import { DrillDialog } from './drill-dialog.tsx'
import { Trend } from './trend.tsx'

interface DrillCardsProps {
  cluster: string
  preset: Preset
  /** Newest first. */
  drills: readonly DrillView[]
  /** None can be started now; the page says why. */
  disabled: boolean
}

const kinds = Object.keys(drillClasses) as DrillClass[]

export function DrillCards({ cluster, preset, drills, disabled }: DrillCardsProps) {
  const { asked, ask, close } = useAsked(kinds)
  return (
    <>
      <ul className="grid grid-cols-[repeat(auto-fill,minmax(min(100%,21rem),1fr))] gap-4">
        {kinds.map((kind) => (
          <li key={kind} className="grid">
            <DrillCard
              {...{ kind, disabled }}
              drills={drills.filter((drill) => drill.class === kind)}
              limit={drillLimit({ preset }, kind)}
              onAsk={() => ask(kind)}
            />
          </li>
        ))}
      </ul>
      {asked && !disabled && (
        <DrillDialog
          key={asked}
          cluster={cluster}
          kind={asked}
          seconds={drillSeconds({ preset }, asked)}
          onClose={close}
        />
      )}
    </>
  )
}

interface DrillCardProps {
  kind: DrillClass
  drills: readonly DrillView[]
  limit: number
  disabled: boolean
  onAsk: () => void
}

function DrillCard({ kind, drills, limit, disabled, onAsk }: DrillCardProps) {
  const { title, does } = drillClasses[kind]
  const [last] = drills
  return (
    <Card className="grid grid-rows-[auto_1fr_auto] gap-3 p-5">
      <div className="flex items-start justify-between gap-3">
        <h2 className="font-semibold text-base leading-tight">{title}</h2>
        {last ? (
          <Badge tone={verdicts[last.verdict].tone}>{verdicts[last.verdict].label}</Badge>
        ) : (
          <Badge>{words.never}</Badge>
        )}
      </div>
      <p className="text-muted text-sm">{does}</p>
      <div className="grid content-end gap-3">
        {last && (
          <>
            <Trend {...{ title, drills, limit }} />
            <dl className="numeric grid grid-cols-3 gap-2 text-sm">
              <Figure name={words.writesAway} value={words.seconds(last.writeOutage)} />
              <Figure name={words.siteAway} value={words.seconds(last.siteOutage)} />
              <Figure name={words.lostWrites} value={words.count(last.lost)} />
            </dl>
          </>
        )}
        <div className="flex items-center justify-between gap-3">
          <span className="text-muted text-xs">
            {last && (
              <>
                {words.last} <RelativeTime at={last.at} />
              </>
            )}
          </span>
          <Button size="sm" aria-label={words.startLabel(title)} disabled={disabled} onClick={onAsk}>
            <Siren aria-hidden /> {words.start}
          </Button>
        </div>
      </div>
    </Card>
  )
}

function Figure({ name, value }: { name: string; value: string }) {
  return (
    <div className="grid">
      <dt className="text-muted text-xs">{name}</dt>
      <dd className="font-medium">{value}</dd>
    </div>
  )
}
