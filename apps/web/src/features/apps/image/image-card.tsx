'use client'
/** The image in a registry that the releases of an app come from. */
import type { ImageSourceView } from '@bramble/db/apps'
import { Container } from 'lucide-react'
import { useRouter } from 'next/navigation'
import { useState, useTransition } from 'react'
import type { Outcome } from '@/format/outcome.ts'
import { Alert } from '@/ui/alert.tsx'
import { Button } from '@/ui/button.tsx'
import { Card, CardContent, CardDescription, CardHeader, CardTitle } from '@/ui/card.tsx'
import { ConfirmDialog } from '@/ui/confirm-dialog.tsx'
import { deployImage, removeImage } from './actions.ts'
import { image as words } from './copy.ts'
import { ImageForm } from './image-form.tsx'

interface ImageCardProps {
  cluster: string
  app: string
  image: ImageSourceView | null
  /** Digest of the image that serves; null: none, or not from a registry. */
  digest: string | null
  /** A release was deployed before. */
  deployed: boolean
  operator: boolean
  onStarted: (run: string | null) => void
}

export function ImageCard({ cluster, app, image, digest, deployed, operator, onStarted }: ImageCardProps) {
  const router = useRouter()
  const [open, setOpen] = useState<'form' | 'remove' | null>(null)
  const [answer, setAnswer] = useState<Outcome | null>(null)
  const [pending, start] = useTransition()
  const at = { cluster, app }
  const close = () => setOpen(null)
  const deploy = () =>
    start(async () => {
      const made = await deployImage(at)
      setAnswer(made.ok ? null : made)
      if (made.ok) onStarted(made.run)
      router.refresh()
    })
  return (
    <Card>
      <CardHeader>
        <CardTitle>{words.title}</CardTitle>
        <CardDescription>{image ? words.text : words.none}</CardDescription>
      </CardHeader>
      <CardContent className="grid gap-4">
        {image && open !== 'form' && <ImageTable image={image} digest={digest} />}
        {answer && !answer.ok && (
          <Alert tone="bad" title={answer.message}>
            {answer.cure}
          </Alert>
        )}
        {open === 'form' && (
          <ImageForm
            {...at}
            image={image}
            onCancel={close}
            onSaved={() => {
              close()
              router.refresh()
            }}
          />
        )}
        {operator && open !== 'form' && (
          <div className="flex flex-wrap gap-2">
            {image && (
              <Button variant={deployed ? 'secondary' : 'primary'} pending={pending} onClick={deploy}>
                <Container aria-hidden /> {words.deploy}
              </Button>
            )}
            <Button onClick={() => setOpen('form')}>{image ? words.change : words.use}</Button>
            {image && <Button onClick={() => setOpen('remove')}>{words.remove}</Button>}
          </div>
        )}
      </CardContent>
      {open === 'remove' && (
        <ConfirmDialog
          title={words.removeTitle}
          text={words.removeText}
          keep={words.cancel}
          confirm={words.removeConfirm}
          danger
          onClose={close}
          onConfirm={async () => {
            const made = await removeImage(at)
            if (!made.ok) return made
            close()
            router.refresh()
            return undefined
          }}
        />
      )}
    </Card>
  )
}

function ImageTable({ image, digest }: { image: ImageSourceView; digest: string | null }) {
  const { reference, registry, user, authority } = image
  const rows: [string, string][] = [
    [words.reference, reference],
    [words.registry, authority === null ? registry : `${registry} (${words.own})`],
    [words.user, user ?? words.anonymous],
    ...(digest === null ? [] : [[words.digest, digest] as [string, string]]),
  ]
  return (
    <dl className="grid gap-x-6 gap-y-1.5 text-sm sm:grid-cols-[max-content_minmax(0,1fr)]">
      {rows.map(([name, value]) => (
        <div key={name} className="contents">
          <dt className="text-muted">{name}</dt>
          <dd className="wrap-anywhere">{value}</dd>
        </div>
      ))}
    </dl>
  )
}
