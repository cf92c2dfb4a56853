'use client'
/** Measure, Pis, view, and the other time. */
import { useId } from 'react'
import { nodeLook } from '@/charts/look.ts'
import { localText } from '@/live/local-time.ts'
import { windowOf } from '@/live/range.ts'
import { useRange } from '@/live/use-range.ts'
import { useSpec, useWatchContext } from '@/live/watch-provider.tsx'
import { Card } from '@/ui/card.tsx'
import { cn } from '@/ui/cn.ts'
import { Input } from '@/ui/input.tsx'
import { Label } from '@/ui/label.tsx'
import { Select, SelectContent, SelectGroup, SelectItem, SelectTrigger, SelectValue } from '@/ui/select.tsx'
import { type Comparison, measureKey, nodesWithMeasure, withMeasure } from './comparison.ts'
import { compare as words } from './copy.ts'
import { measureGroups, measures } from './measures.ts'

const day = 86_400
const befores = { none: null, '1d': day, '7d': 7 * day, '30d': 30 * day } as const

export function Choice({ chosen, onChoose }: { chosen: Comparison; onChoose: (chosen: Comparison) => void }) {
  const spec = useSpec()
  const id = useId()
  const able = nodesWithMeasure(spec, chosen)
  const before = Object.entries(befores).find(([, seconds]) => seconds === chosen.before)?.[0] ?? 'custom'
  return (
    <Card className="flex flex-wrap items-end gap-x-6 gap-y-4 p-4">
      <div className="grid w-full gap-1.5 sm:w-72">
        <Label htmlFor={`${id}measure`}>{words.measure}</Label>
        <Select value={measureKey(chosen)} onValueChange={(key) => onChoose(withMeasure(spec, chosen, key))}>
          <SelectTrigger id={`${id}measure`}>
            <SelectValue />
          </SelectTrigger>
          <SelectContent className="max-h-96">
            {measureGroups
              .filter(({ role }) => role === null || spec.nodes.some(({ roles }) => roles.includes(role)))
              .map(({ kind, name, title }) => (
                <SelectGroup key={title} label={title}>
                  {Object.entries(measures[kind]).map(([metric, label]) => (
                    <SelectItem key={metric} value={measureKey({ kind, name, metric })}>
                      {kind === 'node' ? label : `${title}: ${label}`}
                    </SelectItem>
                  ))}
                </SelectGroup>
              ))}
          </SelectContent>
        </Select>
      </div>
      <fieldset className="grid gap-1.5">
        <legend className="mb-1.5 font-medium text-sm">{words.nodes}</legend>
        <div className="flex flex-wrap gap-1.5">
          {able.map((node) => {
            const on = chosen.nodes.includes(node)
            return (
              <button
                key={node}
                type="button"
                aria-pressed={on}
                onClick={() =>
                  onChoose({
                    ...chosen,
                    nodes: able.filter((one) => (one === node ? !on : chosen.nodes.includes(one))),
                  })
                }
                className={cn(
                  'inline-flex h-10 items-center gap-2 rounded-md border px-3 text-sm',
                  on ? 'border-field bg-surface' : 'border-border border-dashed text-muted',
                )}
              >
                <span
                  aria-hidden
                  className="size-2.5 rounded-full"
                  style={{ background: on ? nodeLook(spec, node).colour : 'var(--border)' }}
                />
                {node}
              </button>
            )
          })}
        </div>
      </fieldset>
      <fieldset className="grid gap-1.5">
        <legend className="mb-1.5 font-medium text-sm">{words.view}</legend>
        <div className="flex gap-0.5 rounded-lg bg-sunken p-1">
          {(['overlay', 'small'] as const).map((view) => (
            <button
              key={view}
              type="button"
              aria-pressed={chosen.view === view}
              onClick={() => onChoose({ ...chosen, view })}
              className={cn(
                'h-8 rounded-md px-3 font-medium text-muted text-sm hover:text-foreground',
                chosen.view === view && 'bg-raised text-foreground shadow-card',
              )}
            >
              {words.views[view]}
            </button>
          ))}
        </div>
      </fieldset>
      <div className="grid w-full gap-1.5 sm:w-52">
        <Label htmlFor={`${id}before`}>{words.before}</Label>
        <Select
          value={before}
          onValueChange={(value) =>
            onChoose({ ...chosen, before: value === 'custom' ? 3 * day : befores[value as keyof typeof befores] })
          }
        >
          <SelectTrigger id={`${id}before`}>
            <SelectValue />
          </SelectTrigger>
          <SelectContent>
            {(['none', '1d', '7d', '30d', 'custom'] as const).map((value) => (
              <SelectItem key={value} value={value}>
                {words.befores[value]}
              </SelectItem>
            ))}
          </SelectContent>
        </Select>
      </div>
      {before === 'custom' && chosen.before !== null ? (
        <OtherTime before={chosen.before} onBefore={(seconds) => onChoose({ ...chosen, before: seconds })} />
      ) : null}
    </Card>
  )
}

/** Where the other time begins; it is as long as the first. */
function OtherTime({ before, onBefore }: { before: number; onBefore: (seconds: number) => void }) {
  const id = useId()
  const range = useRange()
  const { now } = useWatchContext()
  const { from } = windowOf(range, now())
  return (
    <div className="grid gap-1.5">
      <Label htmlFor={id}>{words.customFrom}</Label>
      <Input
        id={id}
        type="datetime-local"
        defaultValue={localText(from - before)}
        onChange={(event) => {
          const start = Date.parse(event.target.value) / 1000
          // Whole minutes: bins of both times then stand above each other.
          const seconds = Math.round((from - start) / 60) * 60
          if (seconds > 0) onBefore(seconds)
        }}
      />
    </div>
  )
}
