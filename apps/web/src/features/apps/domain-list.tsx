'use client'
/** Where an app answers. */
import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { toast } from 'sonner'
import { Button } from '@/ui/button.tsx'
import { ConfirmDialog } from '@/ui/confirm-dialog.tsx'
import { Input } from '@/ui/input.tsx'
import { Field } from '@/ui/label.tsx'
import { changeDomains } from './actions.ts'
import { apps, environment, appPage as words } from './copy.ts'

interface DomainListProps {
  cluster: string
  app: string
  domains: readonly string[]
  operator: boolean
}

export function DomainList({ cluster, app, domains, operator }: DomainListProps) {
  const router = useRouter()
  const [open, setOpen] = useState(false)
  const [text, setText] = useState(domains.join(' '))
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-1 text-sm">
      <ul className="flex list-none flex-wrap gap-x-3 gap-y-1" aria-label={words.domains}>
        {domains.length === 0 && <li className="text-muted">{apps.noDomain}</li>}
        {domains.map((domain) => (
          <li key={domain} className="wrap-anywhere">
            {domain.startsWith('*') ? (
              domain
            ) : (
              <a
                className="text-primary underline-offset-4 hover:underline"
                href={`http://${domain}/`}
                rel="noreferrer"
              >
                {domain}
              </a>
            )}
          </li>
        ))}
      </ul>
      {operator && (
        <Button size="sm" variant="ghost" onClick={() => setOpen(true)}>
          {words.domainsChange}
        </Button>
      )}
      {open && (
        <ConfirmDialog
          title={words.domainsTitle}
          text={words.domainsText}
          keep={words.keep}
          confirm={words.save}
          onClose={() => setOpen(false)}
          onConfirm={async () => {
            const changed = await changeDomains({ cluster, app, domains: text })
            if (!changed.ok) return changed
            setOpen(false)
            toast.success(environment.saved)
            router.refresh()
            return undefined
          }}
        >
          <Field label={words.domainsField}>
            {(control) => (
              <Input
                {...control}
                value={text}
                autoComplete="off"
                autoCapitalize="none"
                spellCheck={false}
                onChange={(event) => setText(event.target.value)}
              />
            )}
          </Field>
        </ConfirmDialog>
      )}
    </div>
  )
}
