'use client'
/** To which moment, what that takes away, and the cluster's name typed. */
import { spanText } from '@bramble/cluster'
import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { askRestore } from '@/app/clusters/[cluster]/backup-actions.ts'
import { Alert } from '@/components/ui/alert.tsx'
import { ConfirmDialog } from '@/components/ui/confirm-dialog.tsx'
import { Input } from '@/components/ui/input.tsx'
import { Field } from '@/components/ui/label.tsx'
import { useSpec } from '@/components/watch/watch-provider.tsx'
import { restoreDialog as words } from '@/copy/backups.ts'
import { ChoiceField } from './choice-field.tsx'
import { inZone, localField, momentOf } from './moment.ts'

interface RestoreDialogProps {
  /** ISO time from which on a restore is possible. */
  oldest: string | null
  onClose: () => void
}

export function RestoreDialog({ oldest, onClose }: RestoreDialogProps) {
  const { name: cluster, timezone } = useSpec()
  const router = useRouter()
  const [way, setWay] = useState<'moment' | 'newest'>('moment')
  const [opened] = useState(() => new Date())
  const [field, setField] = useState(() => localField(new Date(opened.getTime() - 5 * 60_000)))
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone
  const to = momentOf(field)
  const wrong = way === 'newest' ? undefined : wrongMoment(to, oldest, zone)

  return (
    <ConfirmDialog
      title={words.title(cluster)}
      text={words.intro}
      typed={{ name: cluster, label: words.typed(cluster) }}
      ready={wrong === undefined}
      keep={words.keep}
      confirm={words.confirm}
      onClose={onClose}
      onConfirm={async (typed) => {
        const answer = await askRestore({ cluster, to: way === 'newest' ? null : to!.toISOString(), typed })
        if (!answer.ok) return answer
        router.push(`/runs/${answer.run}`)
        return undefined
      }}
    >
      <ChoiceField
        label={words.when}
        value={way}
        hint={way === 'newest' ? words.newestText : undefined}
        options={[
          ['moment', words.moment],
          ['newest', words.newest],
        ]}
        onChange={setWay}
      />
      {way === 'moment' && (
        <Field
          label={words.at(zone)}
          error={wrong}
          hint={to && words.same(inZone(to, 'UTC'), inZone(to, timezone), timezone)}
        >
          {(control) => (
            <Input
              {...control}
              type="datetime-local"
              step={1}
              required
              value={field}
              onChange={(event) => setField(event.target.value)}
            />
          )}
        </Field>
      )}
      <Alert
        tone="warn"
        title={
          way === 'newest' || !to ? words.lostNewest : words.lost(spanText((opened.getTime() - to.getTime()) / 1000))
        }
      >
        {words.undo}
      </Alert>
    </ConfirmDialog>
  )
}

function wrongMoment(to: Date | null, oldest: string | null, zone: string): string | undefined {
  if (!to) return words.moment
  if (to.getTime() > Date.now()) return words.future
  if (oldest && to <= new Date(oldest)) return words.tooEarly(inZone(new Date(oldest), zone))
  return undefined
}
