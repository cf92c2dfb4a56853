'use client'
import { newerVersions, type PostgresVersion, primaryOf, stateOf } from '@bramble/cluster'
import { useState } from 'react'
import { figure } from '@/format/figure.ts'
import { useSpec, useWatch } from '@/live/watch-provider.tsx'
import { Alert } from '@/ui/alert.tsx'
import { Field } from '@/ui/label.tsx'
import { Select, SelectContent, SelectItem, SelectTrigger, SelectValue } from '@/ui/select.tsx'
import { operate as words } from './copy.ts'
import { OperationDialog } from './operation-dialog.tsx'

/** To which version, and how much is to be copied. */
export function UpgradeDialog({ onClose }: { onClose: () => void }) {
  const spec = useSpec()
  const present = usePresent()
  const newer = present === null ? [] : newerVersions(present.major)
  const [chosen, setChosen] = useState<PostgresVersion | null>(null)
  const to = chosen ?? newer[0]
  return (
    <OperationDialog
      cluster={spec.name}
      kind="upgrade"
      about={spec.name}
      operation={to === undefined ? null : { kind: 'upgrade', to }}
      onClose={onClose}
    >
      {to === undefined ? (
        <Alert tone="warn" title={present === null ? words.versionUnknown : words.newest(present.major)} />
      ) : (
        <Field label={words.version} hint={present ? words.from(present.major, present.size) : undefined}>
          {(control) => (
            <Select
              value={String(to)}
              onValueChange={(value) => setChosen(newer.find((one) => String(one) === value) ?? null)}
            >
              <SelectTrigger {...control}>
                <SelectValue />
              </SelectTrigger>
              <SelectContent>
                {newer.map((version) => (
                  <SelectItem key={version} value={String(version)}>
                    PostgreSQL {version}
                  </SelectItem>
                ))}
              </SelectContent>
            </Select>
          )}
        </Field>
      )}
    </OperationDialog>
  )
}

/** Null: the primary does not tell. */
function usePresent(): { major: number; size: string | null } | null {
  const watch = useWatch()
  const primary = primaryOf(watch)
  const state = primary === null ? null : stateOf(watch, primary)?.postgres
  const major = Number.parseInt(state?.version ?? '', 10)
  if (!state || Number.isNaN(major)) return null
  const size = state.databases.reduce((sum, { size }) => sum + size, 0)
  return { major, size: size > 0 ? figure(size, 'bytes') : null }
}
