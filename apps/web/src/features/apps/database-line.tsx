'use client'
/** Whether an app has a database of its own, and adding one. */
import { Database } from 'lucide-react'
import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { toast } from 'sonner'
import { Button } from '@/ui/button.tsx'
import { ConfirmDialog } from '@/ui/confirm-dialog.tsx'
import { addDatabase } from './actions.ts'
import { environment, appPage as words } from './copy.ts'

interface DatabaseLineProps {
  cluster: string
  app: string
  has: boolean
  operator: boolean
}

export function DatabaseLine({ cluster, app, has, operator }: DatabaseLineProps) {
  const router = useRouter()
  const [open, setOpen] = useState(false)
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-1 text-muted text-sm">
      <span className="flex items-center gap-1.5">
        <Database className="size-4" aria-hidden /> {has ? words.ownDatabase : words.noDatabase}
      </span>
      {operator && !has && (
        <Button size="sm" variant="ghost" onClick={() => setOpen(true)}>
          {words.addDatabase}
        </Button>
      )}
      {open && (
        <ConfirmDialog
          title={words.addDatabaseTitle(app)}
          text={words.addDatabaseText}
          keep={words.keep}
          confirm={words.addDatabase.replace('…', '')}
          onClose={() => setOpen(false)}
          onConfirm={async () => {
            const added = await addDatabase({ cluster, app })
            if (!added.ok) return added
            setOpen(false)
            toast.success(environment.saved)
            router.refresh()
            return undefined
          }}
        />
      )}
    </div>
  )
}
