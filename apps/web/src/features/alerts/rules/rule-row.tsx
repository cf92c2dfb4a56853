'use client'
/** One rule: what it means, whether it is on, and its figures. */
import { type RuleName, type RuleSetting, ruleOf } from '@bramble/cluster'
import { type FormEvent, useId, useState, useTransition } from 'react'
import { toast } from 'sonner'
import { ruleEditor } from '@/features/alerts/copy.ts'
import { LevelMark } from '@/features/alerts/level.tsx'
import { readFigure, scaleOf, shownFigure } from '@/features/alerts/rule-figures.ts'
import { Badge } from '@/ui/badge.tsx'
import { Button } from '@/ui/button.tsx'
import { cn } from '@/ui/cn.ts'
import { Switch } from '@/ui/switch.tsx'
import { saveRule } from './actions.ts'
import { RuleFigure } from './rule-figure.tsx'

interface RuleRowProps {
  cluster: string
  name: RuleName
  /** Null: it follows the defaults. */
  setting: RuleSetting | null
  admin: boolean
}

const holdsKey = 'holds'
const seconds = { unit: ruleEditor.seconds, factor: 1 }

export function RuleRow({ cluster, name, setting, admin }: RuleRowProps) {
  const rule = ruleOf(name)
  const pageOnly = name === 'watching-stopped'
  const stored = {
    [holdsKey]: shownFigure(setting?.holds ?? rule.holds, seconds),
    ...Object.fromEntries(
      Object.entries(rule.thresholds).map(([key, threshold]) => [
        key,
        shownFigure(setting?.thresholds?.[key] ?? threshold.value, scaleOf(threshold)),
      ]),
    ),
  } as Record<string, string>
  const [figures, setFigures] = useState(stored)
  const [wrong, setWrong] = useState<string | null>(null)
  const [pending, start] = useTransition()
  const title = useId()
  const enabled = setting?.enabled ?? true
  const edited = Object.entries(figures).some(([key, text]) => text !== stored[key])

  const save = (next: RuleSetting | null, told: string) =>
    start(async () => {
      const answer = await saveRule({ cluster, rule: name, setting: next })
      if (answer.ok) toast.success(told)
      else setWrong(answer.message)
    })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const holds = readFigure(figures[holdsKey] ?? '', seconds)
    const thresholds = Object.entries(rule.thresholds).map(
      ([key, threshold]) => [key, readFigure(figures[key] ?? '', scaleOf(threshold))] as const,
    )
    if (holds === null || thresholds.some(([, value]) => value === null)) return setWrong(ruleEditor.number)
    setWrong(null)
    save(
      { enabled, holds: Math.round(holds), thresholds: Object.fromEntries(thresholds) as Record<string, number> },
      ruleEditor.saved(rule.title),
    )
  }
  return (
    <li className="px-5 py-4">
      <form
        onSubmit={submit}
        className="grid grid-cols-[auto_minmax(0,1fr)_auto] items-start gap-x-3 gap-y-3"
        noValidate
      >
        <LevelMark level={rule.level} className={cn('mt-0.5', !enabled && 'opacity-40')} />
        <div className="grid min-w-0 gap-1">
          <h3 id={title} className={cn('flex flex-wrap items-center gap-2 font-medium', !enabled && 'text-muted')}>
            {rule.title}
            {setting && <Badge tone="info">{ruleEditor.changed}</Badge>}
          </h3>
          <p className="max-w-prose text-muted text-sm">{rule.means}</p>
          {pageOnly && <p className="max-w-prose text-muted text-sm">{ruleEditor.pageOnly}</p>}
        </div>
        <Switch
          checked={enabled}
          disabled={!admin || pending}
          aria-label={ruleEditor.on(rule.title)}
          onCheckedChange={(on) => save({ ...setting, enabled: on }, ruleEditor.saved(rule.title))}
        />
        <fieldset
          disabled={!admin || !enabled || pending}
          aria-labelledby={title}
          className="col-span-full flex flex-wrap items-end gap-x-4 gap-y-3 sm:col-start-2"
        >
          {Object.entries(rule.thresholds).map(([key, threshold]) => (
            <RuleFigure
              key={key}
              label={threshold.label}
              scale={scaleOf(threshold)}
              standard={threshold.value}
              value={figures[key] ?? ''}
              onChange={(text) => setFigures({ ...figures, [key]: text })}
            />
          ))}
          {!pageOnly && (
            <RuleFigure
              label={ruleEditor.holds}
              scale={seconds}
              standard={rule.holds}
              value={figures[holdsKey] ?? ''}
              onChange={(text) => setFigures({ ...figures, [holdsKey]: text })}
            />
          )}
          {admin && (
            <div className="flex gap-2">
              <Button type="submit" variant="primary" size="sm" disabled={!edited} pending={pending && edited}>
                {ruleEditor.save}
              </Button>
              {setting && (
                <Button
                  size="sm"
                  variant="ghost"
                  aria-label={ruleEditor.resetOf(rule.title)}
                  onClick={() => save(null, ruleEditor.wasReset(rule.title))}
                >
                  {ruleEditor.reset}
                </Button>
              )}
            </div>
          )}
        </fieldset>
        {wrong && (
          <p role="alert" className="col-span-full text-bad text-sm sm:col-start-2">
            {wrong}
          </p>
        )}
      </form>
    </li>
  )
}
