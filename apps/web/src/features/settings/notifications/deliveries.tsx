/** The last messages and how they fared. */
import type { DeliveryView } from '@bramble/db/alerts'
import { Badge, type Tone } from '@/ui/badge.tsx'
import { Card, CardDescription, CardHeader, CardTitle } from '@/ui/card.tsx'
import { RelativeTime } from '@/ui/time.tsx'
import { eventWords, notifications as words } from './copy.ts'

const tones: Record<DeliveryView['state'], Tone> = { queued: 'warn', sending: 'info', sent: 'ok', failed: 'bad' }

export function Deliveries({ deliveries }: { deliveries: readonly DeliveryView[] }) {
  return (
    <Card>
      <CardHeader>
        <CardTitle>{words.deliveries}</CardTitle>
        <CardDescription>{words.deliveriesText}</CardDescription>
      </CardHeader>
      {deliveries.length === 0 ? (
        <p className="p-5 pt-4 text-muted text-sm">{words.noDeliveries}</p>
      ) : (
        <ol className="mt-4 divide-y divide-border border-border border-t">
          {deliveries.map((delivery) => (
            <Row key={delivery.id} delivery={delivery} />
          ))}
        </ol>
      )}
    </Card>
  )
}

function Row({ delivery }: { delivery: DeliveryView }) {
  const { event, alert, channel, state, attempts, trouble, nextTry, createdAt } = delivery
  const what = alert ? [alert.cluster, alert.title, alert.node].filter(Boolean).join(' · ') : ''
  return (
    <li className="grid grid-cols-[minmax(0,1fr)_auto] gap-x-4 gap-y-1 px-5 py-3.5 text-sm">
      <p className="wrap-anywhere">
        <span className="font-medium">{eventWords[event]}</span>
        {what && ` · ${what}`} <span className="text-muted">→ {channel}</span>
      </p>
      <Badge tone={tones[state]} className="justify-self-end">
        {words.states[state]}
      </Badge>
      <p className="wrap-anywhere text-muted">
        {trouble && `${trouble.message} ${trouble.cure} `}
        {(attempts > 1 || trouble) && words.attempts(attempts)}
        {nextTry && (
          <>
            , {words.next} <RelativeTime at={nextTry} className="numeric" />
          </>
        )}
      </p>
      <RelativeTime at={createdAt} className="numeric justify-self-end whitespace-nowrap text-muted" />
    </li>
  )
}
