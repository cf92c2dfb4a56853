import { listSessions } from '@bramble/db/people'
import type { Metadata } from 'next'
import { access } from '@/auth/access.ts'
import { auth } from '@/auth/auth.ts'
import { currentSession } from '@/auth/session.ts'
import { deviceOf } from '@/features/settings/account/device.ts'
import { PasswordForm } from '@/features/settings/account/password.tsx'
import { ProfileForm } from '@/features/settings/account/profile.tsx'
import { Sessions } from '@/features/settings/account/sessions.tsx'
import { Totp } from '@/features/settings/account/totp.tsx'
import { settings } from '@/features/settings/copy.ts'
import { en } from '@/format/en.ts'
import { Card, CardContent, CardDescription, CardHeader, CardTitle } from '@/ui/card.tsx'

export const metadata: Metadata = { title: settings.profile.title }

export default async function AccountPage() {
  const who = await access.require('viewer')
  const [here, sessions] = await Promise.all([currentSession(), listSessions(who.id)])
  const codesLeft = here?.secondFactor
    ? (await auth().api.viewBackupCodes({ body: { userId: who.id } })).backupCodes.length
    : null
  return (
    <>
      <Card>
        <CardHeader>
          <CardTitle>{settings.profile.title}</CardTitle>
          <CardDescription>{settings.profile.text(en.roles[who.role])}</CardDescription>
        </CardHeader>
        <CardContent>
          <ProfileForm name={who.name} email={who.email} />
        </CardContent>
      </Card>
      <Card>
        <CardHeader>
          <CardTitle>{settings.password.title}</CardTitle>
          <CardDescription>{settings.password.text}</CardDescription>
        </CardHeader>
        <CardContent>
          <PasswordForm email={who.email} />
        </CardContent>
      </Card>
      <Card>
        <CardHeader>
          <CardTitle>{settings.totp.title}</CardTitle>
          <CardDescription>{settings.totp.text}</CardDescription>
        </CardHeader>
        <CardContent>
          <Totp email={who.email} codesLeft={codesLeft} />
        </CardContent>
      </Card>
      <Card>
        <CardHeader>
          <CardTitle>{settings.sessions.title}</CardTitle>
          <CardDescription>{settings.sessions.text}</CardDescription>
        </CardHeader>
        <Sessions
          sessions={sessions
            .map((session) => ({
              ...deviceOf(session.agent),
              id: session.id,
              address: session.address,
              since: session.since,
              seenAt: session.seenAt,
              here: session.id === here?.id,
            }))
            .sort((a, b) => Number(b.here) - Number(a.here))}
        />
      </Card>
    </>
  )
}
