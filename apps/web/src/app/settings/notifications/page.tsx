import { listChannels, listDeliveries } from '@bramble/db/alerts'
import type { Metadata } from 'next'
import { access, reaches } from '@/auth/access.ts'
import { AddChannel } from '@/features/settings/notifications/add-channel.tsx'
import { ChannelRow } from '@/features/settings/notifications/channel-row.tsx'
import { notifications as words } from '@/features/settings/notifications/copy.ts'
import { Deliveries } from '@/features/settings/notifications/deliveries.tsx'
import { Card, CardDescription, CardHeader, CardTitle } from '@/ui/card.tsx'

export const metadata: Metadata = { title: words.title }

const newest = 20

export default async function NotificationsPage() {
  const who = await access.require('operator')
  const [channels, deliveries] = await Promise.all([listChannels(), listDeliveries(newest)])
  const admin = reaches(who.role, 'admin')
  return (
    <>
      <Card>
        <CardHeader>
          <CardTitle>{words.title}</CardTitle>
          <CardDescription>{words.text}</CardDescription>
        </CardHeader>
        {channels.length > 0 ? (
          <ul className="mt-4 divide-y divide-border border-border border-t">
            {channels.map((channel) => (
              <ChannelRow key={channel.id} channel={channel} admin={admin} />
            ))}
          </ul>
        ) : (
          <div className="mx-5 mt-5 grid gap-1 rounded-lg border border-border border-dashed p-5 text-sm">
            <p className="font-medium">{words.empty}</p>
            <p className="text-muted">{words.emptyText}</p>
          </div>
        )}
        <div className={channels.length > 0 ? 'border-border border-t p-5' : 'p-5'}>
          {admin ? <AddChannel /> : <p className="text-muted text-sm">{words.lookOnly}</p>}
        </div>
      </Card>
      <Deliveries deliveries={deliveries} />
    </>
  )
}
