'use client'
/** Every key and password is replaced: what that means for clients, what may stay, and the cluster's name typed. */
import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { useConfirmed } from '@/features/identity/confirm-identity.tsx'
import { useSpec } from '@/live/watch-provider.tsx'
import { Alert } from '@/ui/alert.tsx'
import { ConfirmDialog } from '@/ui/confirm-dialog.tsx'
import { Field } from '@/ui/label.tsx'
import { Select, SelectContent, SelectItem, SelectTrigger, SelectValue } from '@/ui/select.tsx'
import { operate } from './copy.ts'
import { rotateSecrets } from './rotation/actions.ts'
import { rotation as words } from './rotation/copy.ts'

/** `open`: one that has begun is continued with what was chosen then. */
export function RotateDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
  const router = useRouter()
  const confirmed = useConfirmed()
  const { name: cluster, database, backup } = useSpec()
  const [application, setApplication] = useState(true)
  const [sftp, setSftp] = useState(false)
  const usesSftp = backup?.repository.kind === 'sftp'
  return (
    <ConfirmDialog
      title={open ? words.open.ask(cluster) : operate.title['rotate-secrets'](cluster)}
      text={open ? words.open.consequences : operate.consequences['rotate-secrets']()}
      typed={{ name: cluster, label: operate.typed(cluster) }}
      keep={words.cancel}
      confirm={open ? words.open.confirm : operate.confirm['rotate-secrets']}
      onClose={onClose}
      onConfirm={async (typed) => {
        const asked = { cluster, application, sftp: usesSftp && sftp, typed }
        const answer = await confirmed(() => rotateSecrets(asked))
        if (!answer.ok) return answer
        router.push(`/runs/${answer.run}`)
        return undefined
      }}
    >
      {!open && (
        <>
          <Choice
            label={words.application(database.user)}
            on={application}
            set={setApplication}
            texts={words.choices}
          />
          <Alert
            tone={application ? 'warn' : 'info'}
            title={words.effect[application ? 'replace' : 'keep'](database.user)}
          >
            {application ? words.whereToFind : words.keptRisk}
          </Alert>
          {usesSftp && <Choice label={words.sftp} on={sftp} set={setSftp} texts={words.sftpChoices} />}
        </>
      )}
    </ConfirmDialog>
  )
}

interface ChoiceProps {
  label: string
  on: boolean
  set: (on: boolean) => void
  texts: { replace: string; keep: string }
}

function Choice({ label, on, set, texts }: ChoiceProps) {
  return (
    <Field label={label}>
      {(control) => (
        <Select value={on ? 'replace' : 'keep'} onValueChange={(value) => set(value === 'replace')}>
          <SelectTrigger {...control}>
            <SelectValue />
          </SelectTrigger>
          <SelectContent>
            <SelectItem value="replace">{texts.replace}</SelectItem>
            <SelectItem value="keep">{texts.keep}</SelectItem>
          </SelectContent>
        </Select>
      )}
    </Field>
  )
}
