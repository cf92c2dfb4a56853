'use client'
/** The machines with card readers: when each was seen, and for administrators how to add and remove one. */
import type { StationView } from '@bramble/db/flash'
import { useState } from 'react'
import { toast } from 'sonner'
import { flash } from '@/features/flash/copy.ts'
import { Badge, Light } from '@/ui/badge.tsx'
import { Button } from '@/ui/button.tsx'
import { Card, CardDescription, CardHeader, CardTitle } from '@/ui/card.tsx'
import { ConfirmDialog } from '@/ui/confirm-dialog.tsx'
import { RelativeTime } from '@/ui/time.tsx'
import { dropStation } from './actions.ts'
import { AddStation } from './add-station.tsx'

const words = flash.stations

export function Stations({ stations, admin }: { stations: readonly StationView[]; admin: boolean }) {
  return (
    <Card className="pb-1">
      <CardHeader>
        <CardTitle>{words.title}</CardTitle>
        <CardDescription>{words.text}</CardDescription>
        {admin ? (
          <div className="col-start-2 row-span-2 row-start-1">
            <AddStation />
          </div>
        ) : null}
      </CardHeader>
      <ul className="mt-4 divide-y divide-border border-border border-t">
        {stations.map((station) => (
          <Station key={station.id} station={station} admin={admin} />
        ))}
      </ul>
    </Card>
  )
}

function Station({ station, admin }: { station: StationView; admin: boolean }) {
  const { name, online, remote, seenAt, cards } = station
  const inReaders = cards.filter(({ offer }) => offer === 'offered').length
  return (
    <li className="grid min-h-14 grid-cols-[auto_minmax(0,1fr)_auto] items-center gap-x-3 px-5 py-3 text-sm">
      <Light tone={online ? 'ok' : 'neutral'} />
      <div className="grid min-w-0 gap-0.5">
        <p className="flex flex-wrap items-center gap-x-2 gap-y-1">
          <span className="wrap-anywhere font-medium">{name}</span>
          <Badge>{remote ? words.remote : words.local}</Badge>
        </p>
        <p className="numeric text-muted">
          {online ? (
            `${words.online} · ${words.cards(inReaders)}`
          ) : Date.parse(seenAt) === 0 ? (
            `${words.offline} · ${words.never}`
          ) : (
            <>
              {words.offline} · {words.seen} <RelativeTime at={seenAt} />
            </>
          )}
        </p>
      </div>
      {admin && remote ? <Remove station={station} /> : null}
    </li>
  )
}

function Remove({ station: { id, name } }: { station: StationView }) {
  const [open, setOpen] = useState(false)
  return (
    <>
      <Button
        variant="ghost"
        size="sm"
        aria-haspopup="dialog"
        aria-label={words.removeOf(name)}
        onClick={() => setOpen(true)}
      >
        {words.remove}
      </Button>
      {open && (
        <ConfirmDialog
          title={words.removeTitle(name)}
          text={words.removeText}
          typed={{ name, label: words.removeType(name) }}
          keep={words.keep}
          confirm={words.remove}
          onClose={() => setOpen(false)}
          onConfirm={async (typedName) => {
            const answer = await dropStation({ station: id, typedName })
            if (!answer.ok) return answer
            toast.success(words.removed(name))
            setOpen(false)
            return undefined
          }}
        />
      )}
    </>
  )
}
