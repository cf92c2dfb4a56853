import { listUsers } from '@bramble/db'
import type { Metadata } from 'next'
import { Card, CardDescription, CardHeader, CardTitle } from '@/components/ui/card.tsx'
import { settings } from '@/copy/settings.ts'
import { access } from '@/lib/access.ts'
import { People } from './people.tsx'

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
