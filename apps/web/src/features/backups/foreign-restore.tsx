'use client'
/** The data of another cluster comes into this one: whose backups, to which moment, and the cluster's name typed. */
import { type BackupRepository, nodesWith, type RestoreSource } from '@bramble/cluster'
import { useRouter } from 'next/navigation'
import { type FormEvent, useState, useTransition } from 'react'
import type { Outcome } from '@/format/outcome.ts'
import { useSpec } from '@/live/watch-provider.tsx'
import { Alert } from '@/ui/alert.tsx'
import { Button } from '@/ui/button.tsx'
import { Card, CardContent, CardDescription, CardFooter, CardHeader, CardTitle } from '@/ui/card.tsx'
import { Input } from '@/ui/input.tsx'
import { Field } from '@/ui/label.tsx'
import { Refused, useMarked } from '@/ui/refused.tsx'
import { type BackupDraft, draftOf, markedFields, repositoryOf } from './backup-draft.ts'
import { ChoiceField } from './choice-field.tsx'
import { repositoryWords, foreignRestore as words } from './copy.ts'
import { askForeignRestore } from './foreign-restore-actions.ts'
import { localField } from './moment.ts'
import { askedMoment, MomentFields, wrongMoment } from './moment-fields.tsx'
import { PlaceFields } from './place-fields.tsx'

interface ForeignRestoreProps {
  sources: readonly { name: string; repository: BackupRepository }[]
  publicKey: string | null
  onClose: () => void
}

const byHand = '/'

/** Paths of the source that have a field to say what is wrong with them. */
const fieldsOf = (known: boolean, kind: BackupDraft['kind']): string[] =>
  known ? ['moved.path'] : ['stanza', ...markedFields(kind)]

export function ForeignRestore({ sources, publicKey, onClose }: ForeignRestoreProps) {
  const spec = useSpec()
  const router = useRouter()
  const copies = nodesWith(spec, 'postgres').map(({ name }) => name)
  const [chosen, choose] = useState(sources[0]?.name ?? byHand)
  const known = sources.find(({ name }) => name === chosen)
  const lay = known?.repository.kind === 'node' ? known.repository : null
  const [place, setPlace] = useState(() => draftOf(null, copies[0]!))
  const [stanza, setStanza] = useState('')
  const [passphrase, setPassphrase] = useState('')
  const [moment, setMoment] = useState(() => ({ way: 'newest' as 'newest' | 'moment', field: localField(new Date()) }))
  const [typed, setTyped] = useState('')
  const [problem, setProblem] = useState<Outcome<object> | null>(null)
  const { form, marked } = useMarked(problem)
  const [pending, start] = useTransition()
  const changePlace = (part: Partial<typeof place>) => setPlace((before) => ({ ...before, ...part }))

  function source(): Record<string, unknown> & { kind: RestoreSource['kind'] } {
    if (known)
      return {
        ...{ kind: 'cluster', cluster: known.name },
        ...(lay ? { moved: { node: place.node, path: place.path } } : {}),
      }
    return { kind: 'repository', repository: repositoryOf(place), stanza, encrypted: passphrase !== '' }
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    start(async () => {
      const secrets = known ? {} : { passphrase, key: place.key, secret: place.secret }
      const from = JSON.parse(JSON.stringify(source()))
      const answer = await askForeignRestore({ cluster: spec.name, to: askedMoment(moment), from, secrets, typed })
      if (answer.ok) router.push(`/runs/${answer.run}`)
      else setProblem(answer)
    })
  }
  const text = (value: string, set: (text: string) => void) => ({
    ...{ value, autoComplete: 'off', autoCapitalize: 'none', spellCheck: false },
    onChange: (event: { target: { value: string } }) => set(event.target.value),
  })

  return (
    <Card>
      <CardHeader>
        <CardTitle>{words.title(spec.name)}</CardTitle>
        <CardDescription>{words.intro}</CardDescription>
      </CardHeader>
      <form ref={form} onSubmit={submit}>
        <CardContent className="grid grid-cols-[minmax(0,1fr)] gap-6">
          <ChoiceField
            label={words.source}
            hint={known ? repositoryWords(known.repository) : words.byHandText}
            value={chosen}
            options={[...sources.map(({ name }) => [name, name] as const), [byHand, words.byHand]]}
            onChange={(next) => {
              choose(next)
              const { repository } = sources.find(({ name }) => name === next) ?? {}
              if (repository?.kind === 'node') changePlace({ path: repository.path })
            }}
          />
          {lay && (
            <div className="grid gap-4 sm:grid-cols-2">
              <ChoiceField
                label={words.movedNode}
                hint={words.movedText(lay.node)}
                value={place.node}
                options={copies.map((name) => [name, name] as const)}
                onChange={(node) => changePlace({ node })}
              />
              <Field label={words.movedPath} hint={words.movedPathText} error={marked['moved.path']}>
                {(control) => <Input required {...control} {...text(place.path, (path) => changePlace({ path }))} />}
              </Field>
            </div>
          )}
          {!known && (
            <>
              <PlaceFields
                marked={marked}
                draft={place}
                change={changePlace}
                publicKey={publicKey}
                kept={false}
                readOnly
              />
              <div className="grid gap-4 sm:grid-cols-2">
                <Field label={words.stanza} hint={words.stanzaText} error={marked.stanza}>
                  {(control) => <Input required {...control} {...text(stanza, setStanza)} />}
                </Field>
                <Field label={words.passphrase} hint={words.passphraseText}>
                  {(control) => <Input {...control} {...text(passphrase, setPassphrase)} type="password" />}
                </Field>
              </div>
            </>
          )}
          <MomentFields moment={moment} oldest={null} newestText={words.newestText} change={setMoment} />
          <Alert tone="warn" title={words.lost(spec.name)}>
            {words.lostText(spec.database)}
          </Alert>
          <Refused answer={problem} at={fieldsOf(known !== undefined, place.kind)} />
          <Field label={words.typed(spec.name)}>{(control) => <Input {...control} {...text(typed, setTyped)} />}</Field>
        </CardContent>
        <CardFooter>
          <Button variant="ghost" disabled={pending} onClick={onClose}>
            {words.keep}
          </Button>
          <Button
            type="submit"
            variant="danger"
            disabled={typed !== spec.name || wrongMoment(moment, null) !== undefined}
            pending={pending}
          >
            {words.confirm}
          </Button>
        </CardFooter>
      </form>
    </Card>
  )
}
