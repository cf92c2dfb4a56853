'use client'
/** What is in the readers of a station now. */
import type { CardView, StationView } from '@bramble/db/flash'
import { useId, useState } from 'react'
import { Alert } from '@/ui/alert.tsx'
import { Light } from '@/ui/badge.tsx'
import { Card, CardContent, CardDescription, CardHeader, CardTitle } from '@/ui/card.tsx'
import { cn } from '@/ui/cn.ts'
import { Label } from '@/ui/label.tsx'
import { Select, SelectContent, SelectItem, SelectTrigger, SelectValue } from '@/ui/select.tsx'
import { Switch } from '@/ui/switch.tsx'
import { keyOf } from './assignment.ts'
import { CardTile, HiddenDisk } from './card-tile.tsx'
import { flash } from './copy.ts'
import { CardPicture } from './progress/card-picture.tsx'

interface CardsOfProps {
  stations: readonly StationView[]
  station: StationView
  onStation: (id: string) => void
  nodes: readonly string[]
  need: number
  fixed: boolean
  onFixed: ((on: boolean) => void) | undefined
  nodeOf: (card: CardView) => string | null
  onAssign: ((card: CardView, node: string | null) => void) | undefined
  refused: { path: string; message: string; cure: string } | null
  /** A chosen card is gone. */
  lost: boolean
}

export function CardsOf(props: CardsOfProps) {
  const { stations, station, fixed, onFixed } = props
  const [hidden, showHidden] = useState(false)
  const id = useId()
  const by = (offer: CardView['offer']) => station.cards.filter((card) => card.offer === offer)
  const [offered, explicit, never] = [by('offered'), by('explicit'), by('never')]
  return (
    <Card>
      <CardHeader>
        <CardTitle>{flash.cards}</CardTitle>
        <CardDescription className="flex items-center gap-2">
          <Light tone={station.online ? 'ok' : 'neutral'} />
          {station.online ? flash.cardsText(station.name) : flash.away(station.name)}
        </CardDescription>
        {stations.length > 1 && (
          <div className="col-start-2 row-span-2 row-start-1">
            <Select value={station.id} onValueChange={props.onStation}>
              <SelectTrigger className="w-44" aria-label={flash.station}>
                <SelectValue />
              </SelectTrigger>
              <SelectContent>
                {stations.map((entry) => (
                  <SelectItem key={entry.id} value={entry.id}>
                    {entry.name}
                    {entry.online ? '' : ' (away)'}
                  </SelectItem>
                ))}
              </SelectContent>
            </Select>
          </div>
        )}
      </CardHeader>
      <CardContent className="grid gap-5">
        {!station.online && (
          <Alert tone="warn" title={flash.away(station.name)}>
            {flash.awayText}
          </Alert>
        )}
        {props.lost && <Alert tone="warn" title={flash.gone} />}
        {offered.length > 0 ? (
          <Tiles {...props} cards={offered} />
        ) : (
          <div className="grid justify-items-center gap-2 rounded-lg border border-border border-dashed px-4 py-8 text-center text-sm">
            <CardPicture kind="blank" className="opacity-60" />
            <p className="font-medium">{flash.noCards}</p>
            <p className="text-muted">{flash.noCardsText}</p>
          </div>
        )}
        {explicit.length > 0 && onFixed && (
          <div className="grid gap-3 border-border border-t pt-4">
            <div className="flex items-start gap-4">
              <Switch id={`${id}-fixed`} aria-describedby={`${id}-note`} checked={fixed} onCheckedChange={onFixed} />
              <div className="grid gap-1 pt-1">
                <Label htmlFor={`${id}-fixed`}>{flash.fixedSwitch}</Label>
                <p id={`${id}-note`} className="text-[0.8125rem] text-muted">
                  {flash.fixedText}
                </p>
              </div>
            </div>
            {fixed && <Tiles {...props} cards={explicit} />}
          </div>
        )}
        {never.length > 0 && (
          <div className="grid gap-3 border-border border-t pt-4">
            <div className="flex items-center gap-4">
              <Switch id={`${id}-never`} checked={hidden} onCheckedChange={showHidden} />
              <Label htmlFor={`${id}-never`}>{flash.hiddenSwitch(never.length)}</Label>
            </div>
            {hidden && (
              <ul className="grid divide-y divide-border rounded-lg border border-border bg-sunken/50">
                {never.map((card) => (
                  <HiddenDisk key={keyOf(card.identity)} card={card} />
                ))}
              </ul>
            )}
          </div>
        )}
      </CardContent>
    </Card>
  )
}

function Tiles({ cards, station, nodes, nodeOf, onAssign, need, refused }: CardsOfProps & { cards: CardView[] }) {
  return (
    <ul className={cn('grid gap-3 sm:grid-cols-2', !station.online && 'opacity-50 grayscale')} aria-label={flash.cards}>
      {cards.map((card) => (
        <CardTile
          key={keyOf(card.identity)}
          card={card}
          nodes={nodes}
          node={nodeOf(card)}
          onAssign={onAssign && station.online ? (node) => onAssign(card, node) : undefined}
          need={need}
          refused={refused?.path === card.identity.path ? refused : undefined}
        />
      ))}
    </ul>
  )
}
