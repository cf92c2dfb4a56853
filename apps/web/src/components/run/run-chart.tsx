'use client'
/** How long the runs on this page took, oldest on the left: a Pi that becomes slow shows here first. */
import type { RunSummary } from '@bramble/db'
import { useRouter } from 'next/navigation'
import { Bar, BarChart, Cell, ResponsiveContainer, Tooltip, YAxis } from 'recharts'
import type { Tone } from '@/components/ui/badge.tsx'
import { Card } from '@/components/ui/card.tsx'
import { runTitle, statuses } from '@/copy/runs.ts'

interface Point {
  id: string
  label: string
  status: string
  seconds: number
  colour: string
}

const colours: Partial<Record<Tone, string>> = { ok: 'var(--ok)', warn: 'var(--warn)', bad: 'var(--bad)' }
/** Fewer bars tell nothing that the list does not. */
const fewest = 3

export function RunChart({ runs }: { runs: readonly RunSummary[] }) {
  const router = useRouter()
  const points = runs.flatMap(pointOf).reverse()
  if (points.length < fewest) return null
  return (
    <Card className="grid min-w-0 grid-cols-[minmax(0,1fr)] gap-3 overflow-hidden p-5">
      <h2 className="font-medium text-sm">How long they took</h2>
      {/* The list below says the same in words. */}
      <div className="h-28" role="img" aria-label={`Seconds of the last ${points.length} runs`}>
        <ResponsiveContainer width="100%" height="100%" initialDimension={{ width: 600, height: 112 }}>
          <BarChart data={points} margin={{ top: 4, right: 0, bottom: 0, left: 0 }} accessibilityLayer={false}>
            <YAxis
              width={48}
              tickFormatter={spoken}
              tickCount={3}
              axisLine={false}
              tickLine={false}
              tick={{ fill: 'var(--muted)', fontSize: 12 }}
            />
            <Tooltip
              cursor={{ fill: 'var(--sunken)' }}
              content={({ payload }) => <Tip point={payload?.[0]?.payload} />}
            />
            <Bar
              dataKey="seconds"
              maxBarSize={28}
              minPointSize={3}
              radius={[3, 3, 0, 0]}
              isAnimationActive={false}
              className="cursor-pointer"
              onClick={({ payload }) => router.push(`/runs/${(payload as Point).id}`)}
            >
              {points.map((point) => (
                <Cell key={point.id} fill={point.colour} />
              ))}
            </Bar>
          </BarChart>
        </ResponsiveContainer>
      </div>
    </Card>
  )
}

function Tip({ point }: { point: Point | undefined }) {
  if (!point) return null
  return (
    <div className="rounded-md border border-border bg-raised px-3 py-2 text-sm shadow-card">
      <p className="font-medium">{point.label}</p>
      <p className="text-muted">
        {point.status} after {spoken(point.seconds)}
      </p>
    </div>
  )
}

function pointOf(run: RunSummary): Point[] {
  if (!run.startedAt || !run.endedAt) return []
  const seconds = (Date.parse(run.endedAt) - Date.parse(run.startedAt)) / 1000
  const { label, tone } = statuses[run.status]
  return [{ id: run.id, label: runTitle(run), status: label, seconds, colour: colours[tone] ?? 'var(--muted)' }]
}

function spoken(seconds: number): string {
  return seconds < 120 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`
}
