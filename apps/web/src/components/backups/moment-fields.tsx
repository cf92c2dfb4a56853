'use client'
/** To which moment, or to the newest state. */
import { Input } from '@/components/ui/input.tsx'
import { Field } from '@/components/ui/label.tsx'
import { useSpec } from '@/components/watch/watch-provider.tsx'
import { foreignRestore, restoreDialog as words } from '@/copy/backups.ts'
import { ChoiceField } from './choice-field.tsx'
import { inZone, momentOf } from './moment.ts'

interface Moment {
  way: 'moment' | 'newest'
  /** As the field holds it, in the browser's zone. */
  field: string
}

/** Undefined: it may be asked for. */
export function wrongMoment({ way, field }: Moment): string | undefined {
  if (way === 'newest') return undefined
  const to = momentOf(field)
  if (!to) return words.moment
  return to.getTime() > Date.now() ? words.future : undefined
}

/** ISO time; null: the newest state. */
export const askedMoment = ({ way, field }: Moment): string | null =>
  way === 'newest' ? null : (momentOf(field)?.toISOString() ?? null)

export function MomentFields({ moment, change }: { moment: Moment; change: (moment: Moment) => void }) {
  const { timezone } = useSpec()
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone
  const to = momentOf(moment.field)
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      <ChoiceField
        label={words.when}
        value={moment.way}
        hint={moment.way === 'newest' ? foreignRestore.newestText : undefined}
        options={[
          ['newest', words.newest],
          ['moment', words.moment],
        ]}
        onChange={(way) => change({ ...moment, way })}
      />
      {moment.way === 'moment' && (
        <Field
          label={words.at(zone)}
          error={wrongMoment(moment)}
          hint={to && words.same(inZone(to, 'UTC'), inZone(to, timezone), timezone)}
        >
          {(control) => (
            <Input
              {...control}
              type="datetime-local"
              step={1}
              required
              value={moment.field}
              onChange={(event) => change({ ...moment, field: event.target.value })}
            />
          )}
        </Field>
      )}
    </div>
  )
}
