'use client'
/** When backups are made, how many are kept, how often one is tried. */
import type { Weekday } from '@bramble/cluster'
import { Input } from '@/ui/input.tsx'
import { Field } from '@/ui/label.tsx'
import type { BackupDraft } from './backup-draft.ts'
import { ChoiceField } from './choice-field.tsx'
import { backupForm as words } from './copy.ts'

interface ScheduleFieldsProps {
  draft: BackupDraft
  change: (part: Partial<BackupDraft>) => void
  timezone: string
  /** What is wrong with a field, by its path. */
  marked: Readonly<Partial<Record<string, string>>>
}

const days: [Weekday, string][] = [
  ['monday', 'Monday'],
  ['tuesday', 'Tuesday'],
  ['wednesday', 'Wednesday'],
  ['thursday', 'Thursday'],
  ['friday', 'Friday'],
  ['saturday', 'Saturday'],
  ['sunday', 'Sunday'],
]

export function ScheduleFields({ draft, change, timezone, marked }: ScheduleFieldsProps) {
  return (
    <div className="grid gap-4 sm:grid-cols-2 lg:grid-cols-3">
      <Field label={words.time} error={marked['schedule.time']} hint={words.timeHint(timezone)}>
        {(control) => (
          <Input
            {...control}
            type="time"
            required
            value={draft.time}
            onChange={(event) => change({ time: event.target.value })}
          />
        )}
      </Field>
      <ChoiceField<Weekday | 'every-day'>
        label={words.full}
        value={draft.full}
        options={[['every-day', words.everyDay], ...days]}
        onChange={(full) => change({ full })}
      />
      {draft.full !== 'every-day' && (
        <ChoiceField
          label={words.between}
          value={draft.between}
          options={Object.entries(words.betweens) as ['diff' | 'incr' | 'none', string][]}
          onChange={(between) => change({ between })}
        />
      )}
      <Field label={words.keep} error={marked.keep}>
        {(control) => (
          <Input
            {...control}
            type="number"
            min={1}
            max={60}
            required
            value={draft.keep}
            onChange={(event) => change({ keep: event.target.value })}
          />
        )}
      </Field>
      <ChoiceField
        label={words.drill}
        value={draft.drill}
        options={Object.entries(words.drills) as ['weekly' | 'monthly' | 'never', string][]}
        onChange={(drill) => change({ drill })}
      />
    </div>
  )
}
