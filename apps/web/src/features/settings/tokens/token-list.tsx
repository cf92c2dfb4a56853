'use client'
import type { TokenView } from '@bramble/db/people'
import { KeyRound } from 'lucide-react'
import { useState } from 'react'
import { toast } from 'sonner'
import { settings } from '@/features/settings/copy.ts'
import { en } from '@/format/en.ts'
import { Badge } from '@/ui/badge.tsx'
import { Button } from '@/ui/button.tsx'
import { ConfirmDialog } from '@/ui/confirm-dialog.tsx'
import { RelativeTime } from '@/ui/time.tsx'
import { endToken } from './actions.ts'

export function TokenList({ tokens, showOwner }: { tokens: TokenView[]; showOwner?: boolean }) {
  return (
    <ul className="mt-4 divide-y divide-border border-border border-t">
      {tokens.map((token) => (
        <Token key={token.id} token={token} showOwner={showOwner ?? false} />
      ))}
    </ul>
  )
}

function Token({ token, showOwner }: { token: TokenView; showOwner: boolean }) {
  return (
    <li className="grid grid-cols-[auto_minmax(0,1fr)_auto] items-start gap-x-3 px-5 py-3.5 text-sm">
      <KeyRound className="mt-0.5 size-4 text-muted" aria-hidden />
      <div className="grid min-w-0 gap-1">
        <p className="flex flex-wrap items-center gap-x-2 gap-y-1">
          <span className="wrap-anywhere font-medium">{token.name}</span>
          <Badge>{en.roles[token.role]}</Badge>
          {token.expired ? <Badge tone="warn">{settings.tokens.expired}</Badge> : null}
        </p>
        {showOwner ? <p className="wrap-anywhere text-muted">{settings.tokens.madeBy(token.owner)}</p> : null}
        <p className="numeric flex flex-wrap gap-x-3 gap-y-0.5 text-muted">
          <code className="font-mono text-[0.8125rem]">{token.prefix}…</code>
          <span>
            {token.lastUsedAt ? (
              <>
                {settings.tokens.used} <RelativeTime at={token.lastUsedAt} />
              </>
            ) : (
              settings.tokens.unused
            )}
          </span>
          <span>
            {token.expiresAt ? (
              <>
                {token.expired ? settings.tokens.ended : settings.tokens.ends} <RelativeTime at={token.expiresAt} />
              </>
            ) : (
              settings.tokens.endless
            )}
          </span>
        </p>
      </div>
      <Revoke token={token} />
    </li>
  )
}

function Revoke({ token }: { token: TokenView }) {
  const [open, setOpen] = useState(false)
  const words = settings.tokens
  return (
    <>
      <Button
        variant="ghost"
        size="sm"
        aria-haspopup="dialog"
        aria-label={words.revokeOf(token.name)}
        onClick={() => setOpen(true)}
      >
        {words.revoke}
      </Button>
      {open && (
        <ConfirmDialog
          danger
          title={words.revokeTitle(token.name)}
          text={words.revokeText}
          keep={words.keep}
          confirm={words.revoke}
          onClose={() => setOpen(false)}
          onConfirm={async () => {
            const answer = await endToken(token.id)
            if (!answer.ok) return answer
            toast.success(words.revoked(token.name))
            setOpen(false)
            return undefined
          }}
        />
      )}
    </>
  )
}
