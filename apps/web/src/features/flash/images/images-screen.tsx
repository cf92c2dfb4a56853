'use client'
/** Every image, how far each station is with it, and how one is added. */
import type { Catalogue, ImageCopyView, ImageView, StationView } from '@bramble/db/flash'
import { Download, EllipsisVertical, Pin, PinOff, Trash2 } from 'lucide-react'
import { useState, useTransition } from 'react'
import { toast } from 'sonner'
import { firstBoots, flash } from '@/features/flash/copy.ts'
import { bytesWords } from '@/features/flash/figures.ts'
import { useFollowed } from '@/features/flash/followed.ts'
import { imageSize } from '@/features/flash/request.ts'
import type { Outcome } from '@/format/outcome.ts'
import { Alert } from '@/ui/alert.tsx'
import { Badge } from '@/ui/badge.tsx'
import { Button } from '@/ui/button.tsx'
import { Card } from '@/ui/card.tsx'
import { ConfirmDialog } from '@/ui/confirm-dialog.tsx'
import { Dropdown, DropdownContent, DropdownItem, DropdownTrigger } from '@/ui/dropdown.tsx'
import { Empty } from '@/ui/page.tsx'
import { fetchCopy, pin, remove } from './actions.ts'
import { AddImage } from './add-image.tsx'
import { CopyProgress, CopyState } from './copies.tsx'
import { images as words } from './copy.ts'

interface ImagesScreenProps {
  stations: StationView[]
  images: ImageView[]
  catalogue: Catalogue | null
  operator: boolean
}

export function ImagesScreen({ catalogue, operator, ...initial }: ImagesScreenProps) {
  const { images, stations, state } = useFollowed(initial)
  return (
    <>
      {state === 'lost' && <Alert tone="warn" title={flash.lost} />}
      <div className="grid items-start gap-6 xl:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
        {images.length === 0 ? (
          <Empty title={words.none}>
            <p>{words.noneText}</p>
          </Empty>
        ) : (
          <ul className="grid list-none gap-4">
            {images.map((image) => (
              <ImageRow key={image.id} image={image} stations={stations} operator={operator} />
            ))}
          </ul>
        )}
        {operator && <AddImage catalogue={catalogue} images={images} />}
      </div>
    </>
  )
}

function useCommand(): [boolean, (work: () => Promise<Outcome>) => void] {
  const [pending, start] = useTransition()
  return [
    pending,
    (work) =>
      start(async () => {
        const answer = await work()
        if (!answer.ok) toast.error(answer.message, { description: answer.cure })
      }),
  ]
}

interface RowProps {
  image: ImageView
  stations: readonly StationView[]
  operator: boolean
}

function ImageRow({ image, stations, operator }: RowProps) {
  const { facts } = image
  const size = imageSize(image)
  const lines = [
    facts?.os,
    size > 0 ? bytesWords(size) : null,
    facts && facts.data > 0 && facts.data < facts.size ? words.data(bytesWords(facts.data)) : null,
    facts && facts.firstBoot !== 'unknown' ? firstBoots[facts.firstBoot] : null,
  ]
  const places = placesOf(image, stations)
  return (
    <li>
      <Card className="grid gap-4 p-5" data-testid={`image-${image.name}`}>
        <div className="flex items-start justify-between gap-3">
          <div className="grid min-w-0 gap-1">
            <h2 className="wrap-anywhere flex flex-wrap items-center gap-2 font-semibold leading-tight">
              {image.name}
              {image.pinned && (
                <Badge tone="primary">
                  <Pin aria-hidden /> {words.pinned}
                </Badge>
              )}
            </h2>
            <p className="numeric wrap-anywhere text-muted text-sm">
              {lines.filter(Boolean).join(' · ') || words.unknownYet}
            </p>
            <p className="wrap-anywhere text-muted text-xs">{image.words}</p>
            {facts?.firstBoot === 'unknown' && <p className="text-bad text-sm">{flash.notFlashable}</p>}
          </div>
          {operator && <ImageMenu image={image} />}
        </div>
        <ul className="grid list-none gap-3 border-border border-t pt-4">
          {places.map(({ id, name, online, copy }) => (
            <Place key={id} image={image} id={id} name={name} online={online} copy={copy} operator={operator} />
          ))}
          {places.length === 0 && <li className="text-muted text-sm">{words.noStation}</li>}
        </ul>
      </Card>
    </li>
  )
}

interface PlaceOf {
  id: string
  name: string
  online: boolean
  copy: ImageCopyView | null
}

/** Every station, with its copy; and copies of stations that are forgotten. */
function placesOf(image: ImageView, stations: readonly StationView[]): PlaceOf[] {
  const known = stations.map(({ id, name, online }) => ({
    id,
    name,
    online,
    copy: image.copies.find((copy) => copy.station === id) ?? null,
  }))
  const rest = image.copies.filter((copy) => !stations.some(({ id }) => id === copy.station))
  return [...known, ...rest.map((copy) => ({ id: copy.station, name: copy.stationName, online: false, copy }))]
}

function Place({ image, id, name, online, copy, operator }: PlaceOf & { image: ImageView; operator: boolean }) {
  const [pending, command] = useCommand()
  const fetchable = copy === null || copy.state === 'missing' || copy.state === 'failed'
  return (
    <li className="grid gap-2 text-sm" aria-label={name}>
      <div className="flex min-h-8 flex-wrap items-center gap-x-3 gap-y-1">
        <span className="wrap-anywhere font-medium">{name}</span>
        <CopyState copy={copy} />
        {!online && <span className="text-muted">{words.away}</span>}
        {copy && copy.bytesOnDisk > 0 && (
          <span className="numeric text-muted">{words.onDisk(bytesWords(copy.bytesOnDisk))}</span>
        )}
        {operator && (
          <span className="ml-auto flex gap-1">
            {fetchable && (
              <Button
                size="sm"
                pending={pending}
                disabled={!online}
                aria-label={words.fetch(name)}
                onClick={() => command(() => fetchCopy({ id: image.id, station: id }))}
              >
                {!pending && <Download aria-hidden />}
                {copy?.state === 'failed' ? words.again : flash.fetch}
              </Button>
            )}
            {copy?.state === 'ready' && !image.pinned && (
              <Button
                size="icon-sm"
                variant="ghost"
                aria-label={words.removeFrom(name)}
                disabled={pending}
                onClick={() => command(() => remove({ id: image.id, station: id }))}
              >
                <Trash2 aria-hidden />
              </Button>
            )}
          </span>
        )}
      </div>
      <CopyProgress copy={copy} />
      {copy?.trouble && (
        <p>
          <span className="font-medium text-bad">{copy.trouble.message}</span> {copy.trouble.cure}
        </p>
      )}
    </li>
  )
}

function ImageMenu({ image }: { image: ImageView }) {
  const [removing, setRemoving] = useState(false)
  const [, command] = useCommand()
  return (
    <>
      <Dropdown>
        <DropdownTrigger asChild>
          <Button variant="ghost" size="icon-sm" aria-label={words.more(image.name)}>
            <EllipsisVertical aria-hidden />
          </Button>
        </DropdownTrigger>
        <DropdownContent>
          <DropdownItem onSelect={() => command(() => pin({ id: image.id, pinned: !image.pinned }))}>
            {image.pinned ? <PinOff aria-hidden /> : <Pin aria-hidden />}
            {image.pinned ? words.unpin : words.pin}
          </DropdownItem>
          <DropdownItem tone="bad" disabled={image.pinned} onSelect={() => setRemoving(true)}>
            <Trash2 aria-hidden /> {words.remove}
          </DropdownItem>
        </DropdownContent>
      </Dropdown>
      {removing && (
        <ConfirmDialog
          danger
          title={words.removeTitle(image.name)}
          text={words.removeText}
          keep={words.keep}
          confirm={words.removeNow}
          onClose={() => setRemoving(false)}
          onConfirm={async () => {
            const answer = await remove({ id: image.id })
            if (!answer.ok) return answer
            setRemoving(false)
            return undefined
          }}
        />
      )}
    </>
  )
}
