'use client'
/** Where the repository lies: a Pi, SFTP or a bucket. */
import { type BackupRepository, nodesWith } from '@bramble/cluster'
import { RadioGroup } from 'radix-ui'
import type { ComponentProps } from 'react'
import { useSpec } from '@/live/watch-provider.tsx'
import { Input } from '@/ui/input.tsx'
import { Field, Label } from '@/ui/label.tsx'
import { Switch } from '@/ui/switch.tsx'
import { type BackupDraft, proposedPaths } from './backup-draft.ts'
import { ChoiceField } from './choice-field.tsx'
import { backupForm as words } from './copy.ts'

interface PlaceFieldsProps {
  draft: BackupDraft
  change: (part: Partial<BackupDraft>) => void
  /** What is wrong with a field, by its path. */
  marked: Readonly<Partial<Record<string, string>>>
  publicKey: string | null
  /** The keys of a bucket were given before. */
  kept: boolean
  /** Only to be read: nothing is decided of how it is written. */
  readOnly?: boolean
}

const kinds = Object.keys(words.kinds) as BackupRepository['kind'][]

export function PlaceFields({ draft, change, marked, publicKey, kept, readOnly = false }: PlaceFieldsProps) {
  const spec = useSpec()
  type TextName = 'path' | 'host' | 'port' | 'user' | 'hostKey' | 'endpoint' | 'bucket' | 'region' | 'key' | 'secret'
  const text = (name: TextName) => ({
    value: draft[name],
    onChange: ((event) => change({ [name]: event.target.value })) as ComponentProps<'input'>['onChange'],
    autoComplete: 'off',
    autoCapitalize: 'none',
    spellCheck: false,
  })
  const field = (name: TextName, hint?: string, more: ComponentProps<'input'> = {}) => (
    <Field label={words[name]} hint={hint} error={marked[`repository.${name}`]}>
      {(control) => <Input required {...control} {...text(name)} {...more} />}
    </Field>
  )
  const copies = nodesWith(spec, 'postgres').map(({ name }) => name)
  return (
    <div className="grid gap-4">
      <RadioGroup.Root
        aria-label={words.kind}
        value={draft.kind}
        onValueChange={(value) => {
          const kind = value as BackupRepository['kind']
          change({ kind, path: proposedPaths[kind] })
        }}
        className="grid gap-3 sm:grid-cols-3"
      >
        {kinds.map((kind) => (
          <RadioGroup.Item
            key={kind}
            value={kind}
            className="grid content-start gap-1 rounded-lg border border-border bg-surface p-3 text-left text-sm transition-colors hover:border-field data-[state=checked]:border-primary data-[state=checked]:bg-primary-subtle"
          >
            <span className="font-medium">{words.kinds[kind].label}</span>
            <span className="text-muted">{words.kinds[kind].text}</span>
          </RadioGroup.Item>
        ))}
      </RadioGroup.Root>
      {draft.kind === 'node' && (
        <>
          <div className="grid gap-4 sm:grid-cols-2">
            <ChoiceField
              label={words.node}
              hint={readOnly ? words.readHint : words.nodeHint(copies.includes(draft.node))}
              value={draft.node}
              options={spec.nodes
                .filter(({ name }) => !readOnly || copies.includes(name))
                .map(({ name }) => [name, name] as const)}
              onChange={(node) => change({ node })}
            />
            {field('path')}
          </div>
          {!readOnly && (
            <Toggle
              label={words.mounted}
              hint={words.mountedHint}
              on={draft.mounted}
              set={(mounted) => change({ mounted })}
            />
          )}
        </>
      )}
      {draft.kind === 'sftp' && (
        <>
          <div className="grid gap-4 sm:grid-cols-2">
            {field('host')}
            {field('port', undefined, { inputMode: 'numeric' })}
            {field('user')}
            {field('path')}
          </div>
          {field('hostKey', words.hostKeyHint, { placeholder: 'SHA256:…', className: 'font-mono' })}
          <div className="grid gap-1 text-sm">
            <p className="text-muted">{publicKey ? words.publicKey : words.publicKeyLater}</p>
            {publicKey && <code className="wrap-anywhere rounded-md bg-sunken p-3 font-mono text-xs">{publicKey}</code>}
          </div>
        </>
      )}
      {draft.kind === 's3' && (
        <div className="grid gap-4 sm:grid-cols-2">
          {field('endpoint', words.endpointHint)}
          {field('bucket')}
          {field('region')}
          {field('path')}
          {field('key', kept ? words.keysHint : undefined, { required: !kept })}
          {field('secret', kept ? words.keysHint : undefined, { required: !kept, type: 'password' })}
          <ChoiceField
            label={words.style}
            value={draft.style}
            options={Object.entries(words.styles) as ['path' | 'host', string][]}
            onChange={(style) => change({ style })}
          />
        </div>
      )}
      {!readOnly && (
        <Toggle
          label={words.encrypted}
          hint={words.encryptedHint}
          on={draft.encrypted}
          set={(encrypted) => change({ encrypted })}
        />
      )}
    </div>
  )
}

function Toggle({ label, hint, on, set }: { label: string; hint: string; on: boolean; set: (on: boolean) => void }) {
  return (
    <div className="flex items-start gap-3 text-sm">
      <Switch aria-label={label} checked={on} onCheckedChange={set} />
      <div className="grid gap-1">
        <Label asChild>
          <span>{label}</span>
        </Label>
        <p className="text-[0.8125rem] text-muted">{hint}</p>
      </div>
    </div>
  )
}
