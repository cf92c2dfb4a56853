'use client'
/** The passphrase of the repository, shown to who asks for it, to be written down elsewhere. */
import { KeyRound } from 'lucide-react'
import { useState, useTransition } from 'react'
import { toast } from 'sonner'
import { useConfirmed } from '@/features/identity/confirm-identity.tsx'
import { useSpec } from '@/live/watch-provider.tsx'
import { Button } from '@/ui/button.tsx'
import { passphrase as words } from './copy.ts'
import { showPassphrase } from './foreign-restore-actions.ts'

export function Passphrase() {
  const { name: cluster } = useSpec()
  const [text, setText] = useState<string | null>(null)
  const [pending, start] = useTransition()
  const confirmed = useConfirmed()
  function show() {
    start(async () => {
      const answer = await confirmed(() => showPassphrase({ cluster }))
      if (answer.ok) setText(answer.passphrase)
      else toast.error(answer.message, { description: answer.cure })
    })
  }
  return (
    <div className="flex flex-wrap items-center justify-between gap-3 wall:hidden text-sm">
      <p className="max-w-prose text-muted">{words.text}</p>
      {text === null ? (
        <Button variant="ghost" pending={pending} onClick={show}>
          <KeyRound aria-hidden /> {words.show}
        </Button>
      ) : (
        <code className="wrap-anywhere rounded-md bg-sunken p-3 font-mono">{text}</code>
      )}
    </div>
  )
}
