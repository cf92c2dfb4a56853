'use client'
/** The host key of a git server: confirmed when it is seen first, accepted by typing when it has changed. */
import type { GitSourceView } from '@bramble/db/apps'
import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { Alert } from '@/ui/alert.tsx'
import { Button } from '@/ui/button.tsx'
import { ConfirmDialog } from '@/ui/confirm-dialog.tsx'
import { acceptHostKey } from './actions.ts'
import { repository as words } from './copy.ts'

interface HostKeyNoticeProps {
  cluster: string
  app: string
  source: GitSourceView
  operator: boolean
}

export function HostKeyNotice({ cluster, app, source, operator }: HostKeyNoticeProps) {
  const router = useRouter()
  const [open, setOpen] = useState(false)
  const { host, hostKey, shownHostKey: shown, protocol, trouble } = source
  if (protocol === 'https') return null
  if (shown === null) return hostKey || trouble ? null : <Alert tone="info" title={words.hostKeyWaiting} />
  const hasChanged = hostKey !== null
  return (
    <>
      <Alert
        tone={hasChanged ? 'bad' : 'warn'}
        title={hasChanged ? words.changedTitle(host) : words.confirmTitle(host)}
        actions={
          operator && (
            <Button size="sm" variant={hasChanged ? 'danger' : 'primary'} onClick={() => setOpen(true)}>
              {hasChanged ? words.accept : words.confirm}
            </Button>
          )
        }
      >
        <p>{hasChanged ? words.changedText : words.confirmText}</p>
        <p className="numeric wrap-anywhere">{shown}</p>
      </Alert>
      {open && (
        <ConfirmDialog
          title={hasChanged ? words.acceptTitle(host) : words.confirmTitle(host)}
          text={hasChanged ? words.acceptText(hostKey, shown) : [shown, words.confirmText]}
          {...(hasChanged ? { typed: { name: host, label: words.typeHost(host) } } : {})}
          keep={words.cancel}
          confirm={hasChanged ? words.acceptConfirm : words.confirm}
          onClose={() => setOpen(false)}
          onConfirm={async () => {
            const made = await acceptHostKey({ cluster, app, fingerprint: shown })
            if (!made.ok) return made
            setOpen(false)
            router.refresh()
            return undefined
          }}
        />
      )}
    </>
  )
}
