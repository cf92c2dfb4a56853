'use client'
/** Backups of a cluster: how it stands, the buttons, the list, the drills. */
import type { BackupRepository, BackupSpec } from '@bramble/cluster'
import type { BackupsView } from '@bramble/db/backups'
import { Import, Settings2 } from 'lucide-react'
import { useState } from 'react'
import { Refresh } from '@/features/runs/refresh.tsx'
import { useSpec } from '@/live/watch-provider.tsx'
import { Alert } from '@/ui/alert.tsx'
import { Button } from '@/ui/button.tsx'
import { BackupButtons } from './backup-buttons.tsx'
import { BackupForm } from './backup-form.tsx'
import { BackupList } from './backup-list.tsx'
import { scheduleWords, backups as words } from './copy.ts'
import { DrillList } from './drill-list.tsx'
import { ForeignRestore } from './foreign-restore.tsx'
import { Passphrase } from './passphrase.tsx'
import { RestoreList } from './restore-list.tsx'
import { Standing } from './standing.tsx'

interface BackupsScreenProps {
  backup: BackupSpec
  view: BackupsView
  /** ISO time. */
  next: string
  busy: boolean
  /** The Pis do not know of the backups yet. */
  pending: boolean
  operator: boolean
  admin: boolean
  publicKey: string | null
  /** The other clusters whose backups may come in. */
  sources: readonly { name: string; repository: BackupRepository }[]
}

export function BackupsScreen(props: BackupsScreenProps) {
  const { backup, view, next, busy, pending, operator, admin, publicKey, sources } = props
  const spec = useSpec()
  const [changing, setChanging] = useState(false)
  const [taking, setTaking] = useState(false)
  const node = backup.repository.kind === 'node' ? backup.repository.node : spec.nodes[0]!.name
  if (changing)
    return <BackupForm backup={backup} proposed={node} publicKey={publicKey} onClose={() => setChanging(false)} />
  if (taking) return <ForeignRestore sources={sources} publicKey={publicKey} onClose={() => setTaking(false)} />
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-5">
      {/* The first one comes by itself. */}
      <Refresh active={busy || pending || view.backups.length === 0} />
      <div className="flex flex-wrap items-center justify-between gap-3">
        <p className="max-w-prose text-muted">{scheduleWords(backup.schedule, spec.timezone)}</p>
        <div className="wall:hidden flex flex-wrap items-center gap-2">
          {operator && <BackupButtons view={view} busy={busy} admin={admin} />}
          {admin && (
            <Button disabled={busy || pending} onClick={() => setTaking(true)}>
              <Import aria-hidden /> {words.restoreForeign}
            </Button>
          )}
          {admin && (
            <Button variant="ghost" disabled={busy} onClick={() => setChanging(true)}>
              <Settings2 aria-hidden /> {words.change}
            </Button>
          )}
        </div>
      </div>
      {!operator && <p className="text-muted text-sm">{words.viewer}</p>}
      {pending && <Alert title={words.pending}>{words.pendingText}</Alert>}
      {view.trouble && (
        <Alert tone="bad" title={`${words.trouble}: ${view.trouble.message}`}>
          {view.trouble.cure}
        </Alert>
      )}
      <Standing backup={backup} view={view} next={next} />
      {admin && backup.encrypted && !pending && <Passphrase />}
      <BackupList view={view} />
      <DrillList drills={view.drills} />
      {view.restores.length > 0 && <RestoreList restores={view.restores} />}
    </div>
  )
}
