'use client'
/** What a channel gets: from which level on. */
import { type AlertLevel, alertLevels } from '@bramble/cluster'
import { Select, SelectContent, SelectItem, SelectTrigger, SelectValue } from '@/ui/select.tsx'
import { notifications as words } from './copy.ts'

interface LevelChoiceProps {
  id?: string
  value: AlertLevel
  label?: string
  disabled?: boolean
  onChange: (level: AlertLevel) => void
}

export function LevelChoice({ id, value, label, disabled, onChange }: LevelChoiceProps) {
  return (
    <Select
      value={value}
      disabled={disabled ?? false}
      onValueChange={(next) => onChange(alertLevels.find((level) => level === next) ?? value)}
    >
      <SelectTrigger id={id} aria-label={label} className={id ? '' : 'h-8 w-40 text-[0.8125rem]'}>
        <SelectValue />
      </SelectTrigger>
      <SelectContent>
        {alertLevels.map((level) => (
          <SelectItem key={level} value={level}>
            {words.levels[level]}
          </SelectItem>
        ))}
      </SelectContent>
    </Select>
  )
}
