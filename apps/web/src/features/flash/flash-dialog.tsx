'use client'
/** The last question before cards are erased: what is on each, and the name to type where something would be lost. */
import { holdsData } from '@bramble/cluster'
import type { CardView } from '@bramble/db/flash'
import { useState } from 'react'
import { Alert } from '@/ui/alert.tsx'
import { Button } from '@/ui/button.tsx'
import { Dialog, DialogClose, DialogContent, DialogDescription, DialogFooter, DialogTitle } from '@/ui/dialog.tsx'
import { Input } from '@/ui/input.tsx'
import { Field } from '@/ui/label.tsx'
import { flash } from './copy.ts'
import { bytesWords } from './figures.ts'
import { CardPicture } from './progress/card-picture.tsx'
import { LastRecord } from './progress/last-record.tsx'
import { toType } from './request.ts'

interface FlashDialogProps {
  chosen: readonly { node: string; card: CardView }[]
  image: string
  station: string
  pending: boolean
  refused: { message: string; cure: string } | null
  onClose: () => void
  /** What was typed, by node. */
  onGo: (confirmed: Record<string, string>) => void
}

export function FlashDialog({ chosen, image, station, pending, refused, onClose, onGo }: FlashDialogProps) {
  const [typed, setTyped] = useState<Record<string, string>>({})
  const [tried, setTried] = useState(false)
  const wanting = toType(chosen).filter((node) => typed[node] !== node)
  const go = () => {
    setTried(true)
    if (wanting.length === 0) return onGo(typed)
    requestAnimationFrame(() => document.querySelector<HTMLElement>('[role="dialog"] [aria-invalid="true"]')?.focus())
  }
  return (
    <Dialog open onOpenChange={(open) => !open && !pending && onClose()}>
      <DialogContent className="sm:max-h-[88dvh] sm:w-[min(38rem,calc(100vw-3rem))]">
        <DialogTitle>{flash.confirmTitle(chosen.length)}</DialogTitle>
        <DialogDescription>{flash.confirmText(image, station)}</DialogDescription>
        <form
          noValidate
          className="grid gap-4"
          onSubmit={(event) => {
            event.preventDefault()
            go()
          }}
        >
          <ul className="grid gap-3">
            {chosen.map(({ node, card }) => (
              <li
                key={node}
                className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-3 rounded-lg border border-border p-3 text-sm"
              >
                <CardPicture kind={card.contents.kind} className="w-8" />
                <div className="grid min-w-0 content-start gap-1">
                  <p className="flex flex-wrap items-baseline gap-x-2">
                    <span className="font-semibold">{node}</span>
                    <span className="wrap-anywhere text-muted">
                      {[card.vendor, card.model].filter(Boolean).join(' ')} {bytesWords(card.identity.size)},{' '}
                      <span className="font-mono text-xs">{card.identity.path}</span>
                    </span>
                  </p>
                  {holdsData(card) ? (
                    <p className="wrap-anywhere">
                      <span className="font-medium text-bad">{flash.willLose}</span> {card.contents.words}
                    </p>
                  ) : (
                    <p className="text-muted">{flash.blank}</p>
                  )}
                  {card.history && <LastRecord record={card.history} />}
                </div>
                {holdsData(card) && (
                  <Field
                    className="col-span-2"
                    label={flash.type(node)}
                    error={tried && typed[node] !== node ? flash.problems.typed(node) : undefined}
                  >
                    {(control) => (
                      <Input
                        {...control}
                        value={typed[node] ?? ''}
                        autoComplete="off"
                        autoCapitalize="none"
                        spellCheck={false}
                        onChange={(event) => setTyped({ ...typed, [node]: event.target.value })}
                      />
                    )}
                  </Field>
                )}
              </li>
            ))}
          </ul>
          {refused && (
            <Alert tone="bad" title={refused.message}>
              {refused.cure}
            </Alert>
          )}
          <DialogFooter>
            <DialogClose asChild>
              <Button disabled={pending}>{flash.keep}</Button>
            </DialogClose>
            <Button type="submit" variant="danger" pending={pending}>
              {flash.go(chosen.length)}
            </Button>
          </DialogFooter>
        </form>
      </DialogContent>
    </Dialog>
  )
}
