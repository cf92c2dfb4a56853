import { listTokens } from '@bramble/db/people'
import type { Metadata } from 'next'
import { access } from '@/auth/access.ts'
import { roleNames } from '@/auth/roles.ts'
import { settings } from '@/features/settings/copy.ts'
import { MakeToken } from '@/features/settings/tokens/make-token.tsx'
import { TokenList } from '@/features/settings/tokens/token-list.tsx'
import { Card, CardContent, CardDescription, CardHeader, CardTitle } from '@/ui/card.tsx'

export const metadata: Metadata = { title: settings.tokens.title }

export default async function TokensPage() {
  const who = await access.require('viewer')
  const [own, all] = await Promise.all([
    listTokens({ user: who.id }),
    who.role === 'admin' ? listTokens() : Promise.resolve([]),
  ])
  const others = all.filter((token) => !own.some(({ id }) => id === token.id))
  return (
    <>
      <Card>
        <CardHeader>
          <CardTitle>{settings.tokens.title}</CardTitle>
          <CardDescription>{settings.tokens.text}</CardDescription>
        </CardHeader>
        {own.length > 0 ? <TokenList tokens={own} /> : null}
        <CardContent className={own.length > 0 ? 'border-border border-t' : 'grid justify-items-start gap-3'}>
          {own.length === 0 ? <p className="text-muted text-sm">{settings.tokens.none}</p> : null}
          <MakeToken roles={roleNames.slice(0, roleNames.indexOf(who.role) + 1)} />
        </CardContent>
      </Card>
      {others.length > 0 ? (
        <Card className="pb-1">
          <CardHeader>
            <CardTitle>{settings.tokens.others}</CardTitle>
            <CardDescription>{settings.tokens.othersText}</CardDescription>
          </CardHeader>
          <TokenList tokens={others} showOwner />
        </Card>
      ) : null}
    </>
  )
}
