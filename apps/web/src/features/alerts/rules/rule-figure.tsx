/** A number of a rule with its unit; its tooltip says the default. */
import { useId } from 'react'
import { ruleEditor } from '@/features/alerts/copy.ts'
import { type Scale, shownFigure } from '@/features/alerts/rule-figures.ts'
import { Input } from '@/ui/input.tsx'

interface RuleFigureProps {
  label: string
  scale: Scale
  /** In the rule's own unit. */
  standard: number
  value: string
  onChange: (text: string) => void
}

export function RuleFigure({ label, scale, standard, value, onChange }: RuleFigureProps) {
  const id = useId()
  const usual = ruleEditor.standard(`${shownFigure(standard, scale)} ${scale.unit}`.trim())
  return (
    <div className="grid gap-1.5">
      <label htmlFor={id} className="text-[0.8125rem] text-muted">
        {label}
      </label>
      <div className="flex items-center gap-2">
        <Input
          id={id}
          value={value}
          inputMode="decimal"
          autoComplete="off"
          title={usual}
          aria-description={usual}
          onChange={(event) => onChange(event.target.value)}
          className="numeric h-9 w-24 text-right"
        />
        {scale.unit && <span className="text-muted text-sm">{scale.unit}</span>}
      </div>
    </div>
  )
}
