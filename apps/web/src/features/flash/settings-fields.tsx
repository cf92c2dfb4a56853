'use client'
/** What is the same on every card. */
import { RadioGroup } from 'radix-ui'
import { type ComponentProps, useId } from 'react'
import { Input } from '@/ui/input.tsx'
import { Field, Label } from '@/ui/label.tsx'
import { Select, SelectContent, SelectItem, SelectTrigger, SelectValue } from '@/ui/select.tsx'
import { Switch } from '@/ui/switch.tsx'
import { flash } from './copy.ts'
import type { SettingsDraft } from './request.ts'

interface SettingsFieldsProps {
  draft: SettingsDraft
  change: (part: Partial<SettingsDraft>) => void
  problems: Record<string, string>
  keptSsid: string | null
  /** Where the proposal comes from, or that there is none. */
  note: { tone: 'muted' | 'warn'; words: string }
}

export function SettingsFields({ draft, change, problems, keptSsid, note }: SettingsFieldsProps) {
  const id = useId()
  const text = (name: 'prefix' | 'gateway' | 'dns' | 'ssid' | 'country' | 'locale' | 'keyboard') => ({
    value: draft[name],
    onChange: ((event) => change({ [name]: event.target.value })) as ComponentProps<'input'>['onChange'],
    autoComplete: 'off',
    autoCapitalize: 'none',
    spellCheck: false,
  })
  return (
    <div className="grid gap-6">
      <div className="grid gap-3">
        <Label id={`${id}-network`} asChild>
          <span>{flash.network}</span>
        </Label>
        <RadioGroup.Root
          aria-labelledby={`${id}-network`}
          value={draft.network}
          onValueChange={(value) => change({ network: value === 'dhcp' ? 'dhcp' : 'static' })}
          className="grid gap-3 sm:grid-cols-2"
        >
          {(['static', 'dhcp'] as const).map((way) => (
            <RadioGroup.Item
              key={way}
              value={way}
              className="grid content-start gap-1 rounded-lg border border-border bg-surface p-3 text-left text-sm transition-colors hover:border-field data-[state=checked]:border-primary data-[state=checked]:bg-primary-subtle"
            >
              <span className="font-medium">{flash[way]}</span>
              <span className="text-muted">{way === 'static' ? flash.staticText : flash.dhcpText}</span>
            </RadioGroup.Item>
          ))}
        </RadioGroup.Root>
        <p className={note.tone === 'warn' ? 'text-[0.8125rem] text-warn' : 'text-[0.8125rem] text-muted'}>
          {note.words}
        </p>
      </div>
      {draft.network === 'static' && (
        <div className="grid gap-4 sm:grid-cols-3">
          <Field label={flash.prefix} hint={flash.prefixHint} error={problems.prefix}>
            {(control) => <Input {...control} {...text('prefix')} inputMode="numeric" className="numeric" />}
          </Field>
          <Field label={flash.gateway} hint={flash.gatewayHint} error={problems.gateway}>
            {(control) => <Input {...control} {...text('gateway')} className="numeric font-mono" />}
          </Field>
          <Field label={flash.dns} hint={flash.dnsHint} error={problems.dns}>
            {(control) => <Input {...control} {...text('dns')} className="numeric font-mono" />}
          </Field>
        </div>
      )}
      <div className="grid gap-4 sm:grid-cols-3">
        <Field label={flash.wifi}>
          {(control) => (
            <Select
              value={draft.wifi}
              onValueChange={(value) => change({ wifi: value === 'kept' ? 'kept' : value === 'new' ? 'new' : 'none' })}
            >
              <SelectTrigger {...control}>
                <SelectValue />
              </SelectTrigger>
              <SelectContent>
                <SelectItem value="none">{flash.wifiNone}</SelectItem>
                {keptSsid !== null && <SelectItem value="kept">{flash.wifiKept(keptSsid)}</SelectItem>}
                <SelectItem value="new">{flash.wifiNew}</SelectItem>
              </SelectContent>
            </Select>
          )}
        </Field>
      </div>
      {draft.wifi === 'new' && (
        <div className="-mt-2 grid gap-4 sm:grid-cols-3">
          <Field label={flash.ssid} error={problems.ssid}>
            {(control) => <Input {...control} {...text('ssid')} data-1p-ignore />}
          </Field>
          <Field label={flash.password} hint={flash.passwordHint} error={problems.password}>
            {(control) => (
              <Input
                {...control}
                type="password"
                autoComplete="off"
                data-1p-ignore
                value={draft.password}
                onChange={(event) => change({ password: event.target.value })}
              />
            )}
          </Field>
          <Field label={flash.country} hint={flash.countryHint} error={problems.country}>
            {(control) => <Input {...control} {...text('country')} maxLength={2} className="uppercase" />}
          </Field>
        </div>
      )}
      <div className="grid gap-4 sm:grid-cols-3">
        <Field label={flash.locale} hint={flash.localeHint} error={problems.locale}>
          {(control) => <Input {...control} {...text('locale')} />}
        </Field>
        <Field label={flash.keyboard} hint={flash.keyboardHint} error={problems.keyboard}>
          {(control) => <Input {...control} {...text('keyboard')} />}
        </Field>
      </div>
      <div className="flex items-start gap-4">
        <Switch
          id={`${id}-probe`}
          aria-describedby={`${id}-probe-note`}
          checked={draft.probeCapacity}
          onCheckedChange={(probeCapacity) => change({ probeCapacity })}
        />
        <div className="grid gap-1.5 pt-1">
          <Label htmlFor={`${id}-probe`}>{flash.probe}</Label>
          <p id={`${id}-probe-note`} className="max-w-prose text-[0.8125rem] text-muted">
            {flash.probeText}
          </p>
        </div>
      </div>
    </div>
  )
}
