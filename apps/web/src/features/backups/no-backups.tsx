'use client'
/** Teaches what backups are for, and how to switch them on. */
import { Archive } from 'lucide-react'
import { useState } from 'react'
import { Button } from '@/ui/button.tsx'
import { Empty } from '@/ui/page.tsx'
import { BackupForm } from './backup-form.tsx'
import { backups, emptyBackups as words } from './copy.ts'

interface NoBackupsProps {
  admin: boolean
  proposed: string
  publicKey: string | null
}

export function NoBackups({ admin, proposed, publicKey }: NoBackupsProps) {
  const [open, setOpen] = useState(false)
  if (open) return <BackupForm backup={null} proposed={proposed} publicKey={publicKey} onClose={() => setOpen(false)} />
  return (
    <Empty art={<Archive aria-hidden className="size-10 text-muted" />} title={words.title}>
      {words.text.map((line) => (
        <p key={line}>{line}</p>
      ))}
      {admin ? (
        <Button variant="primary" onClick={() => setOpen(true)}>
          {words.start}
        </Button>
      ) : (
        <p>{backups.viewer}</p>
      )}
    </Empty>
  )
}
