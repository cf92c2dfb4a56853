'use client'
import { KeyRound, ShieldCheck, Trash2 } from 'lucide-react'
import { boardFacts } from '@/features/topology/facts.ts'
import { Alert } from '@/ui/alert.tsx'
import { Badge, Light, type Tone } from '@/ui/badge.tsx'
import { Button } from '@/ui/button.tsx'
import { cn } from '@/ui/cn.ts'
import { Input } from '@/ui/input.tsx'
import { Field } from '@/ui/label.tsx'
import { Tooltip } from '@/ui/tooltip.tsx'
import { wizard } from './copy.ts'
import { type DraftNode, isShown, type NodeTest } from './draft.ts'
import { AddressField, NodeNameField } from './fields.tsx'

const tones: Record<NodeTest['state'], Tone> = { queued: 'info', running: 'info', succeeded: 'ok', failed: 'bad' }

interface NodeRowProps {
  node: DraftNode
  problems: Record<string, string>
  change: (node: DraftNode) => void
  /** Null: it cannot be taken from the list. */
  remove: (() => void) | null
  test: () => void
  /** The host key that it shows was compared: sign in. */
  trust: () => void
}

export function NodeRow({ node, problems, change, remove, test, trust }: NodeRowProps) {
  const state = node.test?.state
  const shown = isShown(node)
  const tone = shown ? 'warn' : state ? tones[state] : 'neutral'
  const busy = state === 'queued' || state === 'running'
  return (
    <li className="grid gap-4 rounded-lg border border-border p-4" data-testid={`node-${node.name}`}>
      <div className="grid grid-cols-2 items-start gap-3 md:grid-cols-[10rem_12rem_1fr_auto]">
        <NodeNameField
          value={node.name}
          error={problems[`name-${node.key}`]}
          onChange={(name) => change({ ...node, name })}
        />
        <AddressField
          label={wizard.address}
          value={node.address}
          error={problems[`address-${node.key}`]}
          onChange={(address) => change({ ...node, address, test: null, trusted: null })}
        />
        <div className="col-span-2 flex flex-wrap items-center gap-2 md:col-span-1 md:h-10 md:self-start md:pt-[1.375rem]">
          <Badge tone={tone} role="status">
            <Light tone={tone} live={busy} />
            {shown ? wizard.shown : state ? wizard.states[state] : wizard.untested}
          </Badge>
        </div>
        <div className="col-span-2 flex items-center gap-1 md:col-span-1 md:pt-[1.375rem]">
          <Button size="md" onClick={test} pending={busy} className="mr-auto md:mr-0">
            {state && !busy ? wizard.testAgain : wizard.test}
          </Button>
          <Tooltip content={wizard.ownPasswordHint}>
            <Button
              variant="ghost"
              size="icon"
              aria-label={`${wizard.ownPassword}: ${node.name}`}
              aria-pressed={node.ownPassword !== null}
              className={cn(node.ownPassword !== null && 'text-primary')}
              onClick={() => change({ ...node, test: null, ownPassword: node.ownPassword === null ? '' : null })}
            >
              <KeyRound aria-hidden />
            </Button>
          </Tooltip>
          {remove && (
            <Button variant="ghost" size="icon" aria-label={wizard.remove(node.name)} onClick={remove}>
              <Trash2 aria-hidden />
            </Button>
          )}
        </div>
      </div>
      {node.ownPassword !== null ? (
        <Field label={wizard.ownPassword} className="max-w-sm">
          {(control) => (
            <Input
              {...control}
              type="password"
              autoComplete="off"
              value={node.ownPassword ?? ''}
              onChange={(event) => change({ ...node, test: null, ownPassword: event.target.value })}
            />
          )}
        </Field>
      ) : null}
      {node.test?.trouble ? (
        <Alert tone="bad" title={node.test.trouble.message}>
          {node.test.trouble.cure}
        </Alert>
      ) : null}
      {state === 'succeeded' && node.test ? <Identity test={node.test} trust={shown ? trust : null} /> : null}
    </li>
  )
}

/** Who answered: the fingerprint to compare before anything secret is sent, then the machine in words. */
function Identity({ test, trust }: { test: NodeTest; trust: (() => void) | null }) {
  const facts = boardFacts(test.machine)
  const disk = test.machine ? `${(test.machine.diskFree / 1e9).toFixed(0)} GB ${wizard.free}` : null
  return (
    <div className="grid gap-2 border-border border-t pt-3 text-sm">
      {test.machine && (
        <p className="numeric flex flex-wrap gap-x-2 gap-y-1">
          <span className="font-medium">{facts.model}</span>
          {[facts.system, facts.memory, disk].filter(Boolean).map((part) => (
            <span key={part} className="text-muted before:mr-2 before:content-['·']">
              {part}
            </span>
          ))}
        </p>
      )}
      <p className="grid gap-1">
        <span className="text-muted">
          {wizard.fingerprint}{' '}
          <code className="wrap-anywhere font-mono text-foreground text-xs">{test.fingerprint}</code>
        </span>
        <span className="text-[0.8125rem] text-muted">{trust ? wizard.compare : wizard.pinned}</span>
      </p>
      {trust && (
        <Button size="md" className="justify-self-start" onClick={trust}>
          <ShieldCheck aria-hidden />
          {wizard.trust}
        </Button>
      )}
    </div>
  )
}
