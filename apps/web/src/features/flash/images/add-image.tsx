'use client'
/** Four ways to an image: the official list, an address, an upload, a file that the station has. */
import type { Catalogue, CatalogueEntry, ImageView } from '@bramble/db/flash'
import { Check, Plus } from 'lucide-react'
import { useState, useTransition } from 'react'
import { toast } from 'sonner'
import { bytesWords } from '@/features/flash/figures.ts'
import { Alert } from '@/ui/alert.tsx'
import { Button } from '@/ui/button.tsx'
import { Card, CardContent, CardDescription, CardHeader, CardTitle } from '@/ui/card.tsx'
import { Input } from '@/ui/input.tsx'
import { Field } from '@/ui/label.tsx'
import { Tabs, TabsContent, TabsList, TabsTrigger } from '@/ui/tabs.tsx'
import { RelativeTime } from '@/ui/time.tsx'
import { add } from './actions.ts'
import { images as words } from './copy.ts'
import { emptySource, nameFrom, officialSource, type SourceDraft, sourceOf, sourceProblems } from './source.ts'
import { UploadForm } from './upload-form.tsx'

export function AddImage({ catalogue, images }: { catalogue: Catalogue | null; images: readonly ImageView[] }) {
  return (
    <Card>
      <CardHeader>
        <CardTitle>{words.add}</CardTitle>
        <CardDescription>{words.addText}</CardDescription>
      </CardHeader>
      <CardContent>
        <Tabs defaultValue="official" className="grid grid-cols-[minmax(0,1fr)] justify-items-start">
          <TabsList aria-label={words.waysLabel}>
            <TabsTrigger value="official">{words.ways.official}</TabsTrigger>
            <TabsTrigger value="url">{words.ways.url}</TabsTrigger>
            <TabsTrigger value="upload">{words.ways.upload}</TabsTrigger>
            <TabsTrigger value="file">{words.ways.file}</TabsTrigger>
          </TabsList>
          <TabsContent value="official" className="w-full">
            <Official catalogue={catalogue} images={images} />
          </TabsContent>
          <TabsContent value="url" className="w-full">
            <SourceForm way="url" />
          </TabsContent>
          <TabsContent value="upload" className="w-full">
            <UploadForm />
          </TabsContent>
          <TabsContent value="file" className="w-full">
            <SourceForm way="file" />
          </TabsContent>
        </Tabs>
      </CardContent>
    </Card>
  )
}

function Official({ catalogue, images }: { catalogue: Catalogue | null; images: readonly ImageView[] }) {
  const [sought, setSought] = useState('')
  if (!catalogue) return <p className="text-muted text-sm">{words.officialNone}</p>
  const parts = sought.toLowerCase().split(/\s+/).filter(Boolean)
  const found = catalogue.entries.filter(({ name, description, release }) => {
    const text = `${name} ${description} ${release}`.toLowerCase()
    return parts.every((part) => text.includes(part))
  })
  const bundled = catalogue.entries.every((entry) => entry.bundled)
  const have = new Set(images.flatMap(({ source }) => (source.kind === 'url' ? [source.url] : [])))
  return (
    <div className="grid gap-3">
      <p className="text-[0.8125rem] text-muted">
        {bundled ? (
          words.officialBundled
        ) : (
          <>
            {words.officialText} {words.officialFetched} <RelativeTime at={catalogue.fetchedAt} />.
          </>
        )}
      </p>
      <Input
        type="search"
        aria-label={words.search}
        placeholder={words.search}
        value={sought}
        onChange={(event) => setSought(event.target.value)}
      />
      <ul className="-mr-2 grid max-h-[26rem] list-none content-start gap-2 overflow-y-auto pr-2">
        {found.map((entry) => (
          <Entry key={entry.url} entry={entry} there={have.has(entry.url)} />
        ))}
        {found.length === 0 && <li className="text-muted text-sm">{words.noMatch}</li>}
      </ul>
    </div>
  )
}

function Entry({ entry, there }: { entry: CatalogueEntry; there: boolean }) {
  const [pending, start] = useTransition()
  const take = () =>
    start(async () => {
      const answer = await add({ name: entry.name, source: officialSource(entry) })
      if (answer.ok) toast.success(words.added(entry.name))
      else toast.error(answer.message, { description: answer.cure })
    })
  const facts = [
    entry.release,
    entry.releaseDate ? words.released(entry.releaseDate) : '',
    entry.downloadSize ? bytesWords(entry.downloadSize) : '',
  ]
  return (
    <li className="grid grid-cols-[minmax(0,1fr)_auto] items-start gap-3 rounded-lg border border-border p-3 text-sm">
      <div className="grid gap-0.5">
        <p className="wrap-anywhere font-medium">{entry.name}</p>
        <p className="wrap-anywhere text-muted">{entry.description}</p>
        <p className="numeric text-muted text-xs">{facts.filter(Boolean).join(' · ')}</p>
      </div>
      {there ? (
        <span className="inline-flex h-8 items-center gap-1.5 text-ok">
          <Check className="size-4" aria-hidden />
          {words.there}
        </span>
      ) : (
        <Button size="sm" pending={pending} onClick={take} aria-label={`${words.addIt} ${entry.name}`}>
          {!pending && <Plus aria-hidden />}
          {words.addIt}
        </Button>
      )}
    </li>
  )
}

function SourceForm({ way }: { way: SourceDraft['way'] }) {
  const [draft, setDraft] = useState<SourceDraft>({ ...emptySource, way })
  const [named, setNamed] = useState(false)
  const [tried, setTried] = useState(false)
  const [refused, setRefused] = useState<{ message: string; cure: string } | null>(null)
  const [pending, start] = useTransition()
  const problems = sourceProblems(draft)
  const shown: Record<string, string> = tried ? problems : {}
  const change = (part: Partial<SourceDraft>) => {
    const place = part.url ?? part.path
    setDraft((was) => ({ ...was, ...part, ...(place !== undefined && !named ? { name: nameFrom(place) } : {}) }))
  }
  const send = () => {
    setTried(true)
    setRefused(null)
    if (Object.keys(problems).length > 0) {
      requestAnimationFrame(() => document.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus())
      return
    }
    start(async () => {
      const answer = await add({ name: draft.name.trim(), source: sourceOf(draft) })
      if (!answer.ok) return setRefused(answer)
      toast.success(words.added(draft.name))
      setDraft({ ...emptySource, way })
      setNamed(false)
      setTried(false)
    })
  }
  const plain = { autoComplete: 'off', autoCapitalize: 'none', spellCheck: false } as const
  return (
    <form
      noValidate
      className="grid gap-4"
      onSubmit={(event) => {
        event.preventDefault()
        send()
      }}
    >
      {way === 'url' ? (
        <>
          <Field label={words.url} hint={words.urlHint} error={shown.url}>
            {(control) => (
              <Input
                {...control}
                {...plain}
                type="url"
                value={draft.url}
                onChange={(event) => change({ url: event.target.value })}
              />
            )}
          </Field>
          <Field label={words.sha256} hint={words.sha256Hint} error={shown.sha256}>
            {(control) => (
              <Input
                {...control}
                {...plain}
                className="font-mono"
                value={draft.sha256}
                onChange={(event) => change({ sha256: event.target.value })}
              />
            )}
          </Field>
        </>
      ) : (
        <Field label={words.path} hint={words.pathHint} error={shown.path}>
          {(control) => (
            <Input
              {...control}
              {...plain}
              className="font-mono"
              value={draft.path}
              onChange={(event) => change({ path: event.target.value })}
            />
          )}
        </Field>
      )}
      <Field label={words.name} hint={words.nameHint} error={shown.name}>
        {(control) => (
          <Input
            {...control}
            autoComplete="off"
            maxLength={200}
            value={draft.name}
            onChange={(event) => {
              setNamed(event.target.value !== '')
              change({ name: event.target.value })
            }}
          />
        )}
      </Field>
      {refused && (
        <Alert tone="bad" title={refused.message}>
          {refused.cure}
        </Alert>
      )}
      <Button type="submit" variant="primary" pending={pending} className="justify-self-start">
        {words.addIt}
      </Button>
    </form>
  )
}
