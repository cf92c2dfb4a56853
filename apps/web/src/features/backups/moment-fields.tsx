'use client'
import { useSpec } from '@/live/watch-provider.tsx'
/** To which moment, or to the newest state. */
import { Input } from '@/ui/input.tsx'
import { Field } from '@/ui/label.tsx'
import { ChoiceField } from './choice-field.tsx'
import { restoreDialog as words } from './copy.ts'
import { inZone, momentOf } from './moment.ts'

export interface Moment {
  way: 'moment' | 'newest'
  /** As the field holds it, in the browser's zone. */
  field: string
}

/** Undefined: it may be asked for. `oldest`: ISO time from which on there is something to restore; null: not known. */
export function wrongMoment({ way, field }: Moment, oldest: string | null): string | undefined {
  if (way === 'newest') return undefined
  const to = momentOf(field)
  if (!to) return words.moment
  if (to.getTime() > Date.now()) return words.future
  if (oldest && to <= new Date(oldest)) return words.tooEarly(inZone(new Date(oldest), ownZone()))
  return undefined
}

const ownZone = () => Intl.DateTimeFormat().resolvedOptions().timeZone

/** ISO time; null: the newest state. */
export const askedMoment = ({ way, field }: Moment): string | null =>
  way === 'newest' ? null : (momentOf(field)?.toISOString() ?? null)

interface MomentFieldsProps {
  moment: Moment
  oldest: string | null
  /** What the newest state is. */
  newestText: string
  change: (moment: Moment) => void
}

export function MomentFields({ moment, oldest, newestText, change }: MomentFieldsProps) {
  const { timezone } = useSpec()
  const to = momentOf(moment.field)
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      <ChoiceField
        label={words.when}
        value={moment.way}
        hint={moment.way === 'newest' ? newestText : undefined}
        options={[
          ['newest', words.newest],
          ['moment', words.moment],
        ]}
        onChange={(way) => change({ ...moment, way })}
      />
      {moment.way === 'moment' && (
        <Field
          label={words.at(ownZone())}
          error={wrongMoment(moment, oldest)}
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
