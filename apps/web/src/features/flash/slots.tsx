'use client'
/** The Pis on the shelf, each with the place where its card goes. */
import type { CardView } from '@bramble/db/flash'
import { useDroppable } from '@dnd-kit/core'
import { X } from 'lucide-react'
import { Pi } from '@/features/topology/pi.tsx'
import { Light } from '@/ui/badge.tsx'
import { cn } from '@/ui/cn.ts'
import { flash, phases } from './copy.ts'
import { bytesWords } from './figures.ts'
import { CardPicture } from './progress/card-picture.tsx'
import type { FlashNode } from './view.ts'

interface SlotsProps {
  nodes: readonly FlashNode[]
  cardOf: (node: string) => CardView | null
  onClear: ((node: string) => void) | undefined
}

export function Slots({ nodes, cardOf, onClear }: SlotsProps) {
  return (
    <ol className="grid list-none" aria-label="Pis, from top to bottom">
      {nodes.map((node) => (
        <Slot key={node.name} node={node} card={cardOf(node.name)} onClear={onClear} />
      ))}
    </ol>
  )
}

interface SlotProps {
  node: FlashNode
  card: CardView | null
  onClear: ((node: string) => void) | undefined
}

function Slot({ node, card, onClear }: SlotProps) {
  const { setNodeRef, isOver } = useDroppable({ id: node.name })
  const phase = node.card ? phases[node.card.phase] : null
  return (
    <li
      ref={setNodeRef}
      data-testid={`slot-${node.name}`}
      aria-label={node.name}
      className={cn(
        'grid grid-cols-[6rem_minmax(0,1fr)] gap-x-4 rounded-lg transition-colors sm:grid-cols-[8.5rem_minmax(0,1fr)]',
        isOver && 'bg-primary-subtle',
      )}
    >
      <div className="relative flex items-end">
        {['left-[5%]', 'right-[5%]'].map((side) => (
          <div key={side} aria-hidden className={cn('absolute inset-y-0 w-1 bg-brass', side)} />
        ))}
        <div className="relative w-full pt-4">
          <Pi power={node.card?.phase === 'online' ? 'on' : 'unknown'} busy={card !== null} />
        </div>
      </div>
      <div className="grid content-center gap-2 border-border border-b py-3">
        <div>
          <h3 className="wrap-anywhere font-semibold leading-tight">{node.name}</h3>
          <p className="numeric font-mono text-muted text-xs">{node.address}</p>
        </div>
        <div
          className={cn(
            'flex min-h-12 items-center gap-3 rounded-md border px-3 py-1.5 text-sm',
            card ? 'border-primary bg-primary-subtle' : 'border-field border-dashed text-muted',
          )}
        >
          {card ? (
            <>
              <CardPicture kind={card.contents.kind} className="w-6" />
              <span className="grid min-w-0 flex-1 leading-tight">
                <span className="truncate font-medium">{bytesWords(card.identity.size)}</span>
                <span className="truncate font-mono text-muted text-xs">{card.identity.path}</span>
              </span>
              {onClear && (
                <button
                  type="button"
                  aria-label={flash.takeBack(node.name)}
                  onClick={() => onClear(node.name)}
                  className="grid size-8 shrink-0 place-items-center rounded-md text-muted hover:bg-surface hover:text-foreground"
                >
                  <X className="size-4" aria-hidden />
                </button>
              )}
            </>
          ) : (
            <span className="flex items-center gap-2">
              <Light tone={phase?.tone ?? 'neutral'} live={phase?.live ?? false} />
              {phase ? flash.hasCard(phase.label) : node.adopted ? flash.adopted : flash.noCard}
            </span>
          )}
        </div>
      </div>
    </li>
  )
}
