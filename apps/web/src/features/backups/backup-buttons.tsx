'use client'
/** Back up now, try a restore, restore. */
import type { BackupType } from '@bramble/cluster'
import type { BackupsView } from '@bramble/db/backups'
import { Archive, History, TestTubeDiagonal } from 'lucide-react'
import { useRouter } from 'next/navigation'
import { useTransition } from 'react'
import { toast } from 'sonner'
import { useAsked } from '@/features/operations/asked.ts'
import { useSpec } from '@/live/watch-provider.tsx'
import { Button } from '@/ui/button.tsx'
import { Dropdown, DropdownContent, DropdownItem, DropdownTrigger } from '@/ui/dropdown.tsx'
import { askBackup } from './actions.ts'
import { backupTypes, backupTypeTexts, backups as words } from './copy.ts'
import { RestoreDialog } from './restore-dialog.tsx'

interface BackupButtonsProps {
  view: BackupsView
  busy: boolean
  admin: boolean
}

type Ask = { kind: 'backup'; type: BackupType } | { kind: 'restore-drill' }

export function BackupButtons({ view, busy, admin }: BackupButtonsProps) {
  const { name: cluster } = useSpec()
  const router = useRouter()
  const { asked, ask: open, close } = useAsked(['backup', 'restore'])
  const [pending, start] = useTransition()
  const empty = view.backups.length === 0

  function ask(request: Ask) {
    start(async () => {
      const answer = await askBackup({ cluster, request })
      if (!answer.ok) return void toast.error(answer.message, { description: answer.cure })
      toast.success(words.begun[request.kind], {
        action: { label: words.watch, onClick: () => router.push(`/runs/${answer.run}`) },
      })
      router.refresh()
    })
  }

  return (
    <>
      <Dropdown open={asked === 'backup' && !busy} onOpenChange={(now) => (now ? open('backup') : close())}>
        <DropdownTrigger asChild>
          <Button variant="primary" pending={pending} disabled={busy} title={busy ? words.busy : undefined}>
            <Archive aria-hidden /> {words.now}
          </Button>
        </DropdownTrigger>
        <DropdownContent>
          {(Object.keys(backupTypes) as BackupType[]).map((type) => (
            <DropdownItem key={type} onSelect={() => ask({ kind: 'backup', type })}>
              <span className="grid max-w-64">
                <span>{backupTypes[type]}</span>
                <span className="whitespace-normal text-muted text-xs">{backupTypeTexts[type]}</span>
              </span>
            </DropdownItem>
          ))}
        </DropdownContent>
      </Dropdown>
      <Button disabled={busy || pending || empty} onClick={() => ask({ kind: 'restore-drill' })}>
        <TestTubeDiagonal aria-hidden /> {words.drillNow}
      </Button>
      {admin && (
        <Button disabled={busy || pending || empty} onClick={() => open('restore')}>
          <History aria-hidden /> {words.restore}
        </Button>
      )}
      {admin && !empty && asked === 'restore' && (
        <RestoreDialog oldest={view.backups.at(-1)?.endedAt ?? null} onClose={close} />
      )}
    </>
  )
}
