'use client'
import { Minus, Plus } from 'lucide-react'
import { useEffect, useMemo } from 'react'
import { Alert } from '@/ui/alert.tsx'
import { Button } from '@/ui/button.tsx'
import { Input } from '@/ui/input.tsx'
import { Field } from '@/ui/label.tsx'
import { Select, SelectContent, SelectItem, SelectTrigger, SelectValue } from '@/ui/select.tsx'
import { wizard } from './copy.ts'
import { type DraftNode, type StepProps, withNewPis } from './draft.ts'
import { AddressField, NodeNameField } from './fields.tsx'
import type { NetworkChoice } from './proposal.ts'

const most = 16

interface NewPisProps extends StepProps {
  networks: readonly NetworkChoice[]
  taken: readonly string[]
}

/** Step 2 with new cards: how many and where. Names and addresses are proposed; nothing has to be typed. */
export function NewPis({ draft, update, problems, networks, taken }: NewPisProps) {
  const held = useMemo(() => new Set(taken), [taken])
  const choice = networks.find(({ key }) => key === draft.network) ?? networks[0]
  const count = draft.nodes.length || 4
  const propose = (to: NetworkChoice, many: number) => update((was) => withNewPis(was, to, many, held))

  const first = draft.network === null ? networks[0] : undefined
  useEffect(() => {
    if (first) update((was) => withNewPis(was, first, 4, held))
  }, [first, update, held])

  if (!choice)
    return (
      <Alert tone="warn" title={wizard.flash.noStation}>
        {wizard.flash.noStationCure}
      </Alert>
    )
  const change = (node: DraftNode) =>
    update((was) => ({ ...was, nodes: was.nodes.map((entry) => (entry.key === node.key ? node : entry)) }))
  return (
    <div className="grid gap-6">
      <div className="grid gap-5 sm:grid-cols-[12rem_minmax(0,1fr)]">
        <Field label={wizard.flash.count} hint={wizard.flash.countHint}>
          {(control) => (
            <div className="flex items-center gap-2">
              <Button
                size="icon"
                aria-label={wizard.flash.fewer}
                disabled={count <= 1}
                onClick={() => propose(choice, count - 1)}
              >
                <Minus aria-hidden />
              </Button>
              <Input
                {...control}
                inputMode="numeric"
                value={String(count)}
                className="numeric w-16 text-center"
                onChange={(event) => {
                  const many = Number(event.target.value)
                  if (Number.isInteger(many) && many >= 1 && many <= most) propose(choice, many)
                }}
              />
              <Button
                size="icon"
                aria-label={wizard.flash.more}
                disabled={count >= most}
                onClick={() => propose(choice, count + 1)}
              >
                <Plus aria-hidden />
              </Button>
            </div>
          )}
        </Field>
        <Field label={wizard.flash.network} hint={wizard.flash.networkHint}>
          {(control) => (
            <Select
              value={choice.key}
              onValueChange={(key) => {
                const next = networks.find((entry) => entry.key === key)
                if (next) propose(next, count)
              }}
            >
              <SelectTrigger {...control}>
                <SelectValue />
              </SelectTrigger>
              <SelectContent>
                {networks.map((network) => (
                  <SelectItem key={network.key} value={network.key}>
                    {network.words}
                  </SelectItem>
                ))}
              </SelectContent>
            </Select>
          )}
        </Field>
      </div>
      <ul className="grid gap-3" aria-label={wizard.steps.nodes}>
        {draft.nodes.map((node) => (
          <li key={node.key} className="grid gap-3 rounded-lg border border-border p-4 sm:grid-cols-2">
            <NodeNameField
              value={node.name}
              error={problems[`name-${node.key}`]}
              onChange={(name) => change({ ...node, name })}
            />
            <AddressField
              label={wizard.address}
              value={node.address}
              error={problems[`address-${node.key}`]}
              onChange={(address) => change({ ...node, address })}
            />
          </li>
        ))}
      </ul>
      <AddressField
        label={wizard.vip}
        hint={wizard.flash.dhcpRange}
        className="max-w-sm"
        value={draft.vip}
        error={problems.vip}
        onChange={(vip) => update((was) => ({ ...was, vip }))}
      />
      {problems.nodes ? <Alert tone="warn" title={problems.nodes} /> : null}
    </div>
  )
}
