'use client'
/** The form of each kind of channel. */
import type { ChannelKind } from '@bramble/cluster'
import { type ComponentProps, createContext, use, useState } from 'react'
import { Input, Textarea } from '@/ui/input.tsx'
import { Field } from '@/ui/label.tsx'
import { Select, SelectContent, SelectItem, SelectTrigger, SelectValue } from '@/ui/select.tsx'
import { channelForm as words } from './copy.ts'

type Marked = Readonly<Partial<Record<string, string>>>
const Marks = createContext<Marked>({})

/** `marked`: what is wrong with a field, by its name. */
export function ChannelFields({ kind, marked }: { kind: ChannelKind; marked: Marked }) {
  return (
    <Marks value={marked}>
      <FieldsOf kind={kind} />
    </Marks>
  )
}

function FieldsOf({ kind }: { kind: ChannelKind }) {
  switch (kind) {
    case 'ntfy':
      return (
        <>
          <Line
            label={words.ntfy.server}
            hint={words.ntfy.serverHint}
            name="server"
            type="url"
            required
            defaultValue="https://ntfy.sh"
          />
          <Line
            label={words.ntfy.topic}
            hint={words.ntfy.topicHint}
            name="topic"
            required
            pattern="[\-_A-Za-z0-9]{1,64}"
          />
          <Line
            label={words.ntfy.token}
            hint={words.ntfy.tokenHint}
            name="token"
            type="password"
            autoComplete="new-password"
          />
          <Authority />
        </>
      )
    case 'email':
      return <Email />
    case 'home-assistant':
      return (
        <>
          <Line
            label={words.homeAssistant.server}
            name="server"
            type="url"
            required
            placeholder="http://homeassistant.local:8123"
          />
          <Line label={words.homeAssistant.webhook} hint={words.homeAssistant.webhookHint} name="webhook" required />
          <Authority />
        </>
      )
    case 'discord':
      return <Line label={words.discord.url} hint={words.discord.urlHint} name="url" type="url" required />
    case 'webhook':
      return (
        <>
          <Line label={words.webhook.url} hint={words.webhook.urlHint} name="url" type="url" required />
          <Line
            label={words.webhook.secret}
            hint={words.webhook.secretHint}
            name="secret"
            type="password"
            minLength={8}
            autoComplete="new-password"
          />
          <Authority />
        </>
      )
    case 'heartbeat':
      return (
        <>
          <Line label={words.heartbeat.url} hint={words.heartbeat.urlHint} name="url" type="url" required />
          <Authority />
        </>
      )
  }
}

const ports = { tls: '465', starttls: '587', none: '25' } as const
type Security = keyof typeof ports

function Email() {
  const [security, setSecurity] = useState<Security>('tls')
  const [port, setPort] = useState<string>(ports.tls)
  const choose = (next: Security) => {
    setSecurity(next)
    // A port that was typed by hand stays.
    if (Object.values<string>(ports).includes(port)) setPort(ports[next])
  }
  return (
    <>
      <Line label={words.email.host} name="host" required placeholder="smtp.example.org" />
      <div className="grid grid-cols-[minmax(0,1fr)_6rem] gap-3">
        <Field label={words.email.security} hint={security === 'none' ? words.email.noneHint : undefined}>
          {(control) => (
            <Select name="security" value={security} onValueChange={(value) => choose(value as Security)}>
              <SelectTrigger {...control}>
                <SelectValue />
              </SelectTrigger>
              <SelectContent>
                {(Object.keys(ports) as Security[]).map((option) => (
                  <SelectItem key={option} value={option}>
                    {words.email.securities[option]}
                  </SelectItem>
                ))}
              </SelectContent>
            </Select>
          )}
        </Field>
        <Line
          label={words.email.port}
          name="port"
          inputMode="numeric"
          pattern="[0-9]{1,5}"
          required
          value={port}
          onChange={(event) => setPort(event.target.value)}
        />
      </div>
      <div className="grid gap-4 sm:grid-cols-2 sm:gap-3">
        <Line label={words.email.user} name="user" />
        <Line
          label={words.email.password}
          hint={words.email.passwordHint}
          name="password"
          type="password"
          autoComplete="new-password"
        />
      </div>
      <Line label={words.email.from} name="from" type="email" required />
      <Line label={words.email.to} hint={words.email.toHint} name="to" required />
      <Authority />
    </>
  )
}

interface LineProps extends ComponentProps<typeof Input> {
  label: string
  hint?: string
  name: string
}

function Line({ label, hint, ...props }: LineProps) {
  return (
    <Field label={label} hint={hint} error={use(Marks)[props.name]}>
      {(control) => <Input autoComplete="off" spellCheck={false} maxLength={2000} {...control} {...props} />}
    </Field>
  )
}

function Authority() {
  const wrong = use(Marks).ca
  return (
    // What is wrong with it must be seen.
    <details className="text-sm" {...(wrong ? { open: true } : {})}>
      <summary className="mb-3 w-fit cursor-pointer rounded-sm text-muted hover:text-foreground">
        {words.advanced}
      </summary>
      <Field label={words.ca} hint={words.caHint} error={wrong}>
        {(control) => (
          <Textarea
            {...control}
            name="ca"
            spellCheck={false}
            placeholder="-----BEGIN CERTIFICATE-----"
            className="font-mono text-xs"
          />
        )}
      </Field>
    </details>
  )
}
