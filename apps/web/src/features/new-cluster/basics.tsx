'use client'
import { Preset } from '@bramble/cluster'
import { MemoryStick, PlugZap } from 'lucide-react'
import { RadioGroup } from 'radix-ui'
import { useId } from 'react'
import { Input } from '@/ui/input.tsx'
import { Field, Label } from '@/ui/label.tsx'
import { Switch } from '@/ui/switch.tsx'
import { wizard } from './copy.ts'
import type { StepProps } from './draft.ts'
import { AddressField } from './fields.tsx'

/** Step 1: with which Pis, what the cluster is called, where it answers, and how patient it is. */
export function Basics({ draft, update, problems }: StepProps) {
  const id = useId()
  return (
    <div className="grid gap-7">
      <WayChoice draft={draft} update={update} problems={problems} />
      <div className="grid gap-5 sm:grid-cols-2">
        <Field label={wizard.name} hint={wizard.nameHint} error={problems.name}>
          {(control) => (
            <Input
              {...control}
              value={draft.name}
              placeholder="shelf"
              maxLength={32}
              autoComplete="off"
              autoCapitalize="none"
              spellCheck={false}
              onChange={(event) => {
                const name = event.target.value.toLowerCase()
                update((was) => ({ ...was, name }))
              }}
            />
          )}
        </Field>
        {draft.way === 'adopt' && (
          <AddressField
            label={wizard.vip}
            hint={wizard.vipHint}
            placeholder="192.168.1.100"
            value={draft.vip}
            error={problems.vip}
            onChange={(vip) => update((was) => ({ ...was, vip }))}
          />
        )}
      </div>
      <div className="grid gap-3">
        <div className="grid gap-1.5">
          <Label id={`${id}-preset`} asChild>
            <span>{wizard.preset}</span>
          </Label>
          <p className="text-[0.8125rem] text-muted">{wizard.presetHint}</p>
        </div>
        <RadioGroup.Root
          aria-labelledby={`${id}-preset`}
          value={draft.preset}
          onValueChange={(value) => update((was) => ({ ...was, preset: Preset.parse(value) }))}
          className="grid gap-3 sm:grid-cols-3"
        >
          {Preset.options.map((preset) => (
            <RadioGroup.Item
              key={preset}
              value={preset}
              className="grid content-start gap-1 rounded-lg border border-border bg-surface p-4 text-left text-sm transition-colors hover:border-field data-[state=checked]:border-primary data-[state=checked]:bg-primary-subtle"
            >
              <span className="font-medium">{wizard.presets[preset].title}</span>
              <span className="text-muted">{wizard.presets[preset].text}</span>
            </RadioGroup.Item>
          ))}
        </RadioGroup.Root>
      </div>
      <div className="flex items-start gap-4">
        <Switch
          id={`${id}-sync`}
          aria-describedby={`${id}-sync-note`}
          checked={draft.synchronous}
          onCheckedChange={(synchronous) => update((was) => ({ ...was, synchronous }))}
        />
        <div className="grid gap-1.5 pt-1">
          <Label htmlFor={`${id}-sync`}>{wizard.synchronous}</Label>
          <p id={`${id}-sync-note`} className="max-w-prose text-[0.8125rem] text-muted">
            {wizard.synchronousHint}
          </p>
        </div>
      </div>
    </div>
  )
}

/** The first choice: cards are written first, or Pis are taken as they run. What the other way had found goes. */
function WayChoice({ draft, update }: StepProps) {
  return (
    <RadioGroup.Root
      aria-label={wizard.flash.way}
      value={draft.way}
      onValueChange={(value) =>
        update((was) => ({ ...was, way: value === 'flash' ? 'flash' : 'adopt', nodes: [], vip: '', network: null }))
      }
      className="grid gap-3 sm:grid-cols-2"
    >
      {(['flash', 'adopt'] as const).map((way) => {
        const { icon: Icon } = ways[way]
        return (
          <RadioGroup.Item
            key={way}
            value={way}
            className="grid grid-cols-[auto_minmax(0,1fr)] items-start gap-x-3 gap-y-1 rounded-lg border border-border bg-surface p-4 text-left text-sm transition-colors hover:border-field data-[state=checked]:border-primary data-[state=checked]:bg-primary-subtle"
          >
            <Icon className="size-5 text-primary" aria-hidden />
            <span className="font-medium">{wizard.flash.ways[way].title}</span>
            <span className="col-start-2 text-muted">{wizard.flash.ways[way].text}</span>
          </RadioGroup.Item>
        )
      })}
    </RadioGroup.Root>
  )
}

const ways = { flash: { icon: MemoryStick }, adopt: { icon: PlugZap } } as const
