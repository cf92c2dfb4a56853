'use client'
/** Somebody changed the password of the application's user: Bramble is told the new one, or sets its own again. */
import { useRouter } from 'next/navigation'
import { type ReactNode, useState } from 'react'
import { planCluster } from '@/features/plan/actions.ts'
import { planPath } from '@/features/plan/plan-path.ts'
import { useSpec } from '@/live/watch-provider.tsx'
import { ConfirmDialog } from '@/ui/confirm-dialog.tsx'
import { Input } from '@/ui/input.tsx'
import { Field } from '@/ui/label.tsx'
import { Select, SelectContent, SelectItem, SelectTrigger, SelectValue } from '@/ui/select.tsx'
import { keepTheirs } from './actions.ts'
import { operate } from './copy.ts'
import { OperationDialog } from './operation-dialog.tsx'
import { password as words } from './password/copy.ts'

const ways = ['theirs', 'ours'] as const
type Way = (typeof ways)[number]

export function PasswordDialog({ onClose }: { onClose: () => void }) {
  const spec = useSpec()
  const [way, setWay] = useState<Way>('theirs')
  const choice = <WayField {...{ way, setWay }} />
  if (way === 'theirs') return <KeepTheirs onClose={onClose}>{choice}</KeepTheirs>
  return (
    <OperationDialog
      cluster={spec.name}
      kind="reset-password"
      about={spec.database.user}
      operation={{ kind: 'reset-password' }}
      typed={spec.name}
      onClose={onClose}
    >
      {choice}
    </OperationDialog>
  )
}

function KeepTheirs({ children, onClose }: { children: ReactNode; onClose: () => void }) {
  const router = useRouter()
  const { name: cluster, database } = useSpec()
  const [password, setPassword] = useState('')
  return (
    <ConfirmDialog
      title={words.title(database.user)}
      text={words.theirs(database.user)}
      ready={password !== ''}
      keep={operate.keep}
      confirm={words.confirm}
      onClose={onClose}
      onConfirm={async () => {
        const kept = await keepTheirs({ cluster, password })
        if (!kept.ok) return kept
        const planned = await planCluster({ cluster })
        router.push(planned.ok ? planPath(cluster, planned.run, 'provision') : `/clusters/${cluster}`)
        return undefined
      }}
    >
      {children}
      <Field label={words.field(database.user)}>
        {(control) => (
          <Input
            {...control}
            type="password"
            value={password}
            autoComplete="off"
            onChange={(event) => setPassword(event.target.value)}
          />
        )}
      </Field>
    </ConfirmDialog>
  )
}

function WayField({ way, setWay }: { way: Way; setWay: (way: Way) => void }) {
  return (
    <Field label={words.way}>
      {(control) => (
        <Select value={way} onValueChange={(value) => setWay(ways.find((one) => one === value) ?? way)}>
          <SelectTrigger {...control}>
            <SelectValue />
          </SelectTrigger>
          <SelectContent>
            {ways.map((one) => (
              <SelectItem key={one} value={one}>
                {words.ways[one]}
              </SelectItem>
            ))}
          </SelectContent>
        </Select>
      )}
    </Field>
  )
}
