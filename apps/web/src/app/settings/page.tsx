import { listUsers } from '@bramble/db'
import type { Metadata } from 'next'
import { headers } from 'next/headers'
import { Card, CardContent, CardDescription, CardHeader, CardTitle } from '@/components/ui/card.tsx'
import { Page } from '@/components/ui/page.tsx'
import { en } from '@/copy/en.ts'
import { access } from '@/lib/access.ts'
import { auth } from '@/lib/auth.ts'
import { browserName } from './browser.ts'
import { PasswordForm } from './password.tsx'
import { People } from './people.tsx'
import { Sessions } from './sessions.tsx'

export const metadata: Metadata = { title: en.settings.title }

export default async function SettingsPage() {
  const who = await access.require('viewer')
  const sent = await headers()
  const [here, sessions] = await Promise.all([
    auth().api.getSession({ headers: sent }),
    auth().api.listSessions({ headers: sent }),
  ])
  return (
    <Page title={en.settings.title} width="narrow">
      <Card>
        <CardHeader>
          <CardTitle>{en.settings.account}</CardTitle>
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
          <CardTitle>{en.settings.sessions}</CardTitle>
          <CardDescription>{en.settings.sessionsText}</CardDescription>
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
      {who.role === 'admin' ? (
        <Card>
          <CardHeader>
            <CardTitle>{en.settings.users}</CardTitle>
            <CardDescription>{en.settings.usersText}</CardDescription>
          </CardHeader>
          <People users={await listUsers()} self={who.id} />
        </Card>
      ) : null}
    </Page>
  )
}
