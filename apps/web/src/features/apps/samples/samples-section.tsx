'use client'
/** The samples on the empty page of apps: each with a name and a domain filled in, and one button. */
import { SampleName, samples } from '@bramble/cluster'
import { useRouter } from 'next/navigation'
import { useEffect, useRef, useState } from 'react'
import type { Outcome } from '@/format/outcome.ts'
import { useSpec } from '@/live/watch-provider.tsx'
import { Button } from '@/ui/button.tsx'
import { Card, CardContent, CardDescription, CardHeader, CardTitle } from '@/ui/card.tsx'
import { Input } from '@/ui/input.tsx'
import { Field } from '@/ui/label.tsx'
import { Refused } from '@/ui/refused.tsx'
import { beginSample, deployUpload } from '../actions.ts'
import { discardUpload, UploadProblem, whenChecked } from '../upload/send-upload.ts'
import { samples as words } from './copy.ts'

export function SamplesSection({ cluster }: { cluster: string }) {
  const [busy, setBusy] = useState(false)
  return (
    <section className="grid gap-3" aria-labelledby="samples">
      <header>
        <h2 id="samples" className="font-semibold text-lg leading-tight">
          {words.title}
        </h2>
        <p className="text-muted text-sm">{words.text}</p>
      </header>
      <ul className="grid list-none grid-cols-[repeat(auto-fill,minmax(min(100%,20rem),1fr))] gap-4">
        {SampleName.options.map((sample) => (
          <li key={sample} className="grid">
            <SampleCard {...{ cluster, sample, busy }} onBusy={setBusy} />
          </li>
        ))}
      </ul>
    </section>
  )
}

interface SampleCardProps {
  cluster: string
  sample: SampleName
  /** Another one is on its way. */
  busy: boolean
  onBusy: (busy: boolean) => void
}

function SampleCard({ cluster, sample, busy, onBusy }: SampleCardProps) {
  const router = useRouter()
  const { vip } = useSpec()
  const [name, setName] = useState<string>(sample)
  const [domain, setDomain] = useState(`${sample}.home.arpa`)
  const [answer, setAnswer] = useState<Outcome | null>(null)
  const [pending, setPending] = useState(false)
  const stop = useRef<AbortController | null>(null)
  useEffect(() => () => stop.current?.abort(), [])
  const fields = answer && !answer.ok ? (answer.fields ?? {}) : {}
  const { title, text, needs } = words.list[sample]

  const deploy = async () => {
    stop.current = new AbortController()
    const { signal } = stop.current
    onBusy(true)
    setPending(true)
    setAnswer(null)
    const made = await deploySample({ cluster, sample, name, domain, signal })
    if (signal.aborted) return
    if (!made.ok) {
      setAnswer(made)
      setPending(false)
      return onBusy(false)
    }
    router.push(made.run ? `/runs/${made.run}` : `/clusters/${cluster}/apps/${name}`)
  }
  return (
    <Card>
      <CardHeader>
        <CardTitle>{title}</CardTitle>
        <CardDescription>{text}</CardDescription>
      </CardHeader>
      <CardContent>
        <form
          noValidate
          aria-label={title}
          className="grid gap-4"
          onSubmit={(event) => {
            event.preventDefault()
            if (!pending && !busy) void deploy()
          }}
        >
          <p className="text-sm">{needs}</p>
          <Field label={words.name} error={fields.name}>
            {(control) => (
              <Input
                {...control}
                value={name}
                autoComplete="off"
                autoCapitalize="none"
                spellCheck={false}
                onChange={(event) => setName(event.target.value)}
              />
            )}
          </Field>
          <Field label={words.domain} hint={words.domainHint(vip)} error={fields.domains}>
            {(control) => (
              <Input
                {...control}
                value={domain}
                autoComplete="off"
                autoCapitalize="none"
                spellCheck={false}
                onChange={(event) => setDomain(event.target.value)}
              />
            )}
          </Field>
          <Refused answer={answer} at={['name', 'domains']} />
          <div>
            <Button type="submit" pending={pending} disabled={name === '' || (busy && !pending)}>
              {words.deploy}
            </Button>
            <span role="status" className="sr-only">
              {pending ? words.preparing : ''}
            </span>
          </div>
        </form>
      </CardContent>
    </Card>
  )
}

interface Asked {
  cluster: string
  sample: SampleName
  name: string
  domain: string
  signal: AbortSignal
}

/** A worker reads the sample, then it is deployed as an upload is. */
async function deploySample({
  cluster,
  sample,
  name,
  domain,
  signal,
}: Asked): Promise<Outcome<{ run: string | null }>> {
  const begun = await beginSample({ cluster, sample })
  if (!begun.ok) return begun
  try {
    await whenChecked(cluster, begun.id, signal)
  } catch (error) {
    const { message, cure } = error instanceof UploadProblem ? error : new UploadProblem('', '')
    return { ok: false, message, cure }
  }
  const { database } = samples[sample]
  const made = await deployUpload({ cluster, app: name, upload: begun.id, domains: domain, message: '', database })
  if (!made.ok) void discardUpload(cluster, begun.id)
  return made
}
