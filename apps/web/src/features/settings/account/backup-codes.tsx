'use client'
import { Download } from 'lucide-react'
import { settings } from '@/features/settings/copy.ts'
import { Button } from '@/ui/button.tsx'
import { CopyButton } from '@/ui/copy-button.tsx'
import { DialogDescription, DialogFooter, DialogTitle } from '@/ui/dialog.tsx'

const words = settings.backupCodes

/** Shown once: what is closed is gone. */
export function BackupCodes({ codes, email, done }: { codes: string[]; email: string; done: () => void }) {
  const text = codes.join('\n')
  const save = () => {
    const file = URL.createObjectURL(new Blob([`${words.fileHead(email)}\n\n${text}\n`], { type: 'text/plain' }))
    const link = Object.assign(document.createElement('a'), { href: file, download: 'bramble-backup-codes.txt' })
    link.click()
    URL.revokeObjectURL(file)
  }
  return (
    <>
      <DialogTitle>{words.title}</DialogTitle>
      <DialogDescription>{words.text}</DialogDescription>
      <ul className="grid grid-cols-2 gap-x-6 gap-y-2 rounded-md border border-field bg-sunken px-4 py-3 font-mono text-sm">
        {codes.map((code) => (
          <li key={code} className="select-all">
            {code}
          </li>
        ))}
      </ul>
      <div className="flex flex-wrap gap-2">
        <CopyButton text={text} />
        <Button onClick={save}>
          <Download aria-hidden />
          {words.download}
        </Button>
      </div>
      <DialogFooter>
        <Button variant="primary" onClick={done}>
          {words.kept}
        </Button>
      </DialogFooter>
    </>
  )
}
