import { listUsers } from '@bramble/db/people'
import type { Metadata } from 'next'
import { access } from '@/auth/access.ts'
import { settings } from '@/features/settings/copy.ts'
import { People } from '@/features/settings/people/people.tsx'
import { Card, CardDescription, CardHeader, CardTitle } from '@/ui/card.tsx'

export const metadata: Metadata = { title: settings.people.title }

export default async function PeoplePage() {
  const who = await access.require('admin')
  return (
    <Card>
      <CardHeader>
        <CardTitle>{settings.people.title}</CardTitle>
        <CardDescription>{settings.people.text}</CardDescription>
      </CardHeader>
      <People users={await listUsers()} self={who.id} />
    </Card>
  )
}
