import type { Metadata } from 'next'
import { headers } from 'next/headers'
import { Card, CardContent, CardDescription, CardHeader, CardTitle } from '@/components/ui/card.tsx'
import { en } from '@/copy/en.ts'
import { settings } from '@/copy/settings.ts'
import { access } from '@/lib/access.ts'
import { auth } from '@/lib/auth.ts'
import { browserName } from './browser.ts'
import { PasswordForm } from './password.tsx'
import { Sessions } from './sessions.tsx'

export const metadata: Metadata = { title: settings.account.title }

export default async function AccountPage() {
  const who = await access.require('viewer')
  const sent = await headers()
  const [here, sessions] = await Promise.all([
    auth().api.getSession({ headers: sent }),
    auth().api.listSessions({ headers: sent }),
  ])
  return (
    <>
      <Card>
        <CardHeader>
          <CardTitle>{settings.account.title}</CardTitle>
          <CardDescription>
            {who.name} · {who.email} · {en.roles[who.role]}
          </CardDescription>
        </CardHeader>
        <CardContent>
          <PasswordForm email={who.email} />
        </CardContent>
      </Card>
      <Card>
        <CardHeader>
          <CardTitle>{settings.sessions.title}</CardTitle>
          <CardDescription>{settings.sessions.text}</CardDescription>
        </CardHeader>
        <CardContent>
          <Sessions
            sessions={sessions.map((session) => ({
              id: session.id,
              browser: browserName(session.userAgent ?? ''),
              since: session.createdAt.toISOString(),
              here: session.id === here?.session.id,
            }))}
          />
        </CardContent>
      </Card>
    </>
  )
}
