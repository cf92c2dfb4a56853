'use client'
/** The image for every card: those that the station has come first. */
import type { ImageView } from '@bramble/db/flash'
import { Download } from 'lucide-react'
import Link from 'next/link'
import { RadioGroup } from 'radix-ui'
import { useTransition } from 'react'
import { toast } from 'sonner'
import { Button, buttonStyle } from '@/ui/button.tsx'
import { flash } from './copy.ts'
import { bytesWords } from './figures.ts'
import { fetchCopy } from './images/actions.ts'
import { CopyProgress, CopyState } from './images/copies.tsx'
import { imageSize } from './request.ts'

interface ImageChoiceProps {
  images: readonly ImageView[]
  station: string
  value: string
  onChange: (image: string) => void
  error: string | undefined
}

export function ImageChoice({ images, station, value, onChange, error }: ImageChoiceProps) {
  if (images.length === 0)
    return (
      <div className="grid justify-items-start gap-3 text-sm">
        <p className="font-medium">{flash.noImage}</p>
        <p className="text-muted">{flash.noImageText}</p>
        <Link href="/images" className={buttonStyle({ variant: 'primary' })}>
          {flash.toImages}
        </Link>
      </div>
    )
  return (
    <div className="grid gap-3">
      <RadioGroup.Root
        aria-label={flash.image}
        aria-invalid={error ? true : undefined}
        value={value}
        onValueChange={onChange}
        className="grid gap-2.5"
      >
        {sortedImages(images, station).map((image) => (
          <Choice key={image.id} image={image} station={station} />
        ))}
      </RadioGroup.Root>
      {error && (
        <p role="alert" className="text-[0.8125rem] text-bad">
          {error}
        </p>
      )}
      <Link href="/images" className="w-fit text-primary text-sm underline-offset-4 hover:underline">
        {flash.manageImages}
      </Link>
    </div>
  )
}

function Choice({ image, station }: { image: ImageView; station: string }) {
  const [pending, start] = useTransition()
  const copy = image.copies.find((entry) => entry.station === station) ?? null
  const unfit = image.facts?.firstBoot === 'unknown'
  const fetchable = copy === null || copy.state === 'missing' || copy.state === 'failed'
  const size = imageSize(image)
  const fetch = () =>
    start(async () => {
      const answer = await fetchCopy({ id: image.id, station })
      if (!answer.ok) toast.error(answer.message, { description: answer.cure })
    })
  return (
    <div className="relative grid">
      <RadioGroup.Item
        value={image.id}
        disabled={unfit}
        className="grid content-start gap-1.5 rounded-lg border border-border bg-surface p-3 text-left text-sm transition-colors hover:border-field disabled:opacity-60 data-[state=checked]:border-primary data-[state=checked]:bg-primary-subtle"
      >
        <span className="flex min-h-8 flex-wrap items-center gap-x-2 gap-y-1 pr-24">
          <span className="wrap-anywhere font-medium">{image.name}</span>
          <CopyState copy={copy} />
        </span>
        <span className="wrap-anywhere text-muted">
          {[image.facts?.os, size > 0 ? bytesWords(size) : '', image.words].filter(Boolean).join(' · ')}
        </span>
        {unfit && <span className="text-bad">{flash.notFlashable}</span>}
        {copy?.trouble && (
          <span>
            <span className="font-medium text-bad">{copy.trouble.message}</span> {copy.trouble.cure}
          </span>
        )}
        <CopyProgress copy={copy} />
      </RadioGroup.Item>
      {fetchable && !unfit && (
        <Button size="sm" pending={pending} onClick={fetch} className="absolute top-3 right-3">
          {!pending && <Download aria-hidden />}
          {flash.fetch}
        </Button>
      )}
    </div>
  )
}

/** Ready ones first, then as they were added; those that no node can be made of last. */
export function sortedImages(images: readonly ImageView[], station: string): ImageView[] {
  const rank = (image: ImageView) => {
    if (image.facts?.firstBoot === 'unknown') return 3
    const state = image.copies.find((copy) => copy.station === station)?.state
    return state === 'ready' ? 0 : state === undefined || state === 'missing' || state === 'failed' ? 2 : 1
  }
  return [...images].sort((a, b) => rank(a) - rank(b))
}
