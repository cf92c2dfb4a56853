'use client'
/** One card in a reader: what it is, what is on it, when it was last written, and the Pi it goes into. */
import { holdsData } from '@bramble/cluster'
import type { CardView } from '@bramble/db/flash'
import { useDraggable } from '@dnd-kit/core'
import { GripVertical } from 'lucide-react'
import Link from 'next/link'
import type { ReactNode } from 'react'
import { Badge } from '@/ui/badge.tsx'
import { buttonStyle } from '@/ui/button.tsx'
import { cn } from '@/ui/cn.ts'
import { Select, SelectContent, SelectItem, SelectTrigger, SelectValue } from '@/ui/select.tsx'
import { keyOf } from './assignment.ts'
import { flash } from './copy.ts'
import { bytesWords } from './figures.ts'
import { CardPicture } from './progress/card-picture.tsx'
import { LastRecord } from './progress/last-record.tsx'

const nowhere = '-'

interface CardTileProps {
  card: CardView
  nodes: readonly string[]
  /** The Pi it was given to. */
  node: string | null
  /** Null: gives it to none. Absent: may look only. */
  onAssign: ((node: string | null) => void) | undefined
  /** Bytes the image needs; a smaller card cannot be chosen. */
  need: number
  /** What the station said when it was asked to write it. */
  refused?: { message: string; cure: string } | undefined
}

export function CardTile({ card, nodes, node, onAssign, need, refused }: CardTileProps) {
  const { identity, busy, history } = card
  const small = identity.size < need
  const usable = onAssign !== undefined && busy === null && !small && nodes.length > 0
  const { setNodeRef, listeners, isDragging } = useDraggable({ id: keyOf(identity), disabled: !usable })
  return (
    <li
      ref={setNodeRef}
      data-testid={`card-${identity.path}`}
      className={cn(
        'grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-3 rounded-lg border bg-surface p-4',
        refused ? 'border-bad' : node ? 'border-primary' : 'border-border',
        isDragging && 'opacity-40',
      )}
    >
      <div
        {...listeners}
        className={cn('relative touch-manipulation self-start', usable && 'cursor-grab active:cursor-grabbing')}
      >
        <CardPicture kind={card.contents.kind} />
        {usable && (
          <GripVertical aria-hidden className="absolute -right-3.5 bottom-1 size-4 text-muted max-sm:hidden" />
        )}
      </div>
      <div className="grid min-w-0 content-start gap-2 text-sm">
        <CardWords card={card} />
        {history && <LastRecord record={history} />}
        {busy ? (
          <p className="flex flex-wrap items-center gap-2">
            <Badge tone="info">{flash.busy(busy.node)}</Badge>
            <Link href={`/flash/${busy.run}`} className={buttonStyle({ size: 'sm' })}>
              {flash.watch}
            </Link>
          </p>
        ) : small ? (
          <p className="font-medium text-bad">{flash.tooSmall(bytesWords(need))}</p>
        ) : usable ? (
          <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
            <span aria-hidden className="text-muted">
              {flash.goesTo}
            </span>
            <Select value={node ?? nowhere} onValueChange={(value) => onAssign(value === nowhere ? null : value)}>
              <SelectTrigger className="h-9 w-40" aria-label={flash.cardFor(identity.path)}>
                <SelectValue />
              </SelectTrigger>
              <SelectContent>
                <SelectItem value={nowhere}>{flash.nowhere}</SelectItem>
                {nodes.map((name) => (
                  <SelectItem key={name} value={name}>
                    {name}
                  </SelectItem>
                ))}
              </SelectContent>
            </Select>
          </div>
        ) : null}
        {refused && (
          <p role="alert">
            <span className="font-medium text-bad">{refused.message}</span> {refused.cure}
          </p>
        )}
      </div>
    </li>
  )
}

/** Vendor, size, where it is, its numbers, and what would be lost. */
function CardWords({ card }: { card: CardView }) {
  const { identity, vendor, model, bus, contents } = card
  const makers = [vendor, model].filter(Boolean).join(' ') || 'Card'
  const number = identity.cid
    ? `${flash.cid} ${identity.cid}`
    : identity.serial
      ? `${flash.serial} ${identity.serial}`
      : flash.noSerial
  return (
    <>
      <div className="grid gap-0.5">
        <p className="flex flex-wrap items-baseline gap-x-2">
          <span className="wrap-anywhere font-semibold">{makers}</span>
          <span className="numeric font-medium">{bytesWords(identity.size)}</span>
        </p>
        <p className="wrap-anywhere text-muted text-xs">
          <span className="font-mono">{identity.path}</span> · {bus.toUpperCase()} · {number}
        </p>
      </div>
      <Contents holds={holdsData(card)}>{contents.words}</Contents>
    </>
  )
}

function Contents({ holds, children }: { holds: boolean; children: ReactNode }) {
  return (
    <p className="wrap-anywhere">
      <span className="text-muted">{flash.contents}: </span>
      <span className={cn(holds && 'font-medium')}>{children}</span>
    </p>
  )
}

/** A disk that is never offered, with the reason. */
export function HiddenDisk({ card }: { card: CardView }) {
  const { identity, vendor, model } = card
  return (
    <li className="grid gap-0.5 px-4 py-3 text-sm sm:grid-cols-[minmax(0,1fr)_minmax(0,1fr)] sm:gap-x-6">
      <span className="wrap-anywhere">
        <span className="font-mono text-xs">{identity.path}</span>{' '}
        <span className="text-muted">
          {[vendor, model].filter(Boolean).join(' ')} {bytesWords(identity.size)}
        </span>
      </span>
      <span className="wrap-anywhere">{card.reason}</span>
    </li>
  )
}
