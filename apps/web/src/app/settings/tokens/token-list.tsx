'use client'
import type { TokenView } from '@bramble/db'
import { KeyRound } from 'lucide-react'
import { useTransition } from 'react'
import { toast } from 'sonner'
import { Badge } from '@/components/ui/badge.tsx'
import { Button } from '@/components/ui/button.tsx'
import {
  Dialog,
  DialogClose,
  DialogContent,
  DialogDescription,
  DialogFooter,
  DialogTitle,
  DialogTrigger,
} from '@/components/ui/dialog.tsx'
import { RelativeTime } from '@/components/ui/time.tsx'
import { en } from '@/copy/en.ts'
import { settings } from '@/copy/settings.ts'
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
  const [pending, start] = useTransition()
  const revoke = () =>
    start(async () => {
      const answer = await endToken(token.id)
      if (answer.ok) toast.success(settings.tokens.revoked(token.name))
      else toast.error(answer.message, { description: answer.cure })
    })
  return (
    <Dialog>
      <DialogTrigger asChild>
        <Button variant="ghost" size="sm" pending={pending} aria-label={settings.tokens.revokeOf(token.name)}>
          {settings.tokens.revoke}
        </Button>
      </DialogTrigger>
      <DialogContent>
        <DialogTitle>{settings.tokens.revokeTitle(token.name)}</DialogTitle>
        <DialogDescription>{settings.tokens.revokeText}</DialogDescription>
        <DialogFooter>
          <DialogClose asChild>
            <Button>{settings.tokens.keep}</Button>
          </DialogClose>
          <DialogClose asChild>
            <Button variant="danger" onClick={revoke}>
              {settings.tokens.revoke}
            </Button>
          </DialogClose>
        </DialogFooter>
      </DialogContent>
    </Dialog>
  )
}
