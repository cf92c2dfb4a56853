'use client'
/** Who it is, and how it is kept: identity, upkeep, power, card, services. */
import type { NodeSpec, NodeState } from '@bramble/cluster'
import { Copy } from 'lucide-react'
import Link from 'next/link'
import { toast } from 'sonner'
import { phases } from '@/features/flash/copy.ts'
import { runPath } from '@/features/runs/run-path.ts'
import { figure } from '@/format/figure.ts'
import { Light } from '@/ui/badge.tsx'
import { Card } from '@/ui/card.tsx'
import { RelativeTime } from '@/ui/time.tsx'
import { node as words } from './copy.ts'
import { Definition, Definitions } from './definitions.tsx'
import type { NodeFacts } from './node-facts.ts'
import { powerWords } from './power-words.ts'

type Machine = NodeState['machine']

export function Identity({ node, known, machine }: { node: NodeSpec; known: NodeFacts; machine: Machine }) {
  const { facts, hostKey } = known
  return (
    <Definitions title={words.identity}>
      <Definition name={words.model}>{facts.model ?? words.unknown}</Definition>
      <Definition name={words.memory}>{facts.memory ?? words.unknown}</Definition>
      <Definition name={words.system}>{facts.system ?? words.unknown}</Definition>
      <Definition name={words.address}>
        <span className="font-mono text-[0.8125rem]">{node.address}</span>
      </Definition>
      <Definition name={words.up}>{machine ? figure(machine.uptime, 'seconds') : words.unknown}</Definition>
      <Definition name={words.hostKey}>
        {hostKey ? (
          <button
            type="button"
            title={words.copyKey}
            aria-label={`${words.copyKey}: ${hostKey}`}
            onClick={() => copied(hostKey)}
            className="inline-flex max-w-full items-center gap-1.5 rounded-sm font-mono text-[0.75rem] hover:text-primary"
          >
            <span className="truncate">{hostKey}</span>
            <Copy className="size-3 shrink-0" aria-hidden />
          </button>
        ) : (
          words.noKey
        )}
      </Definition>
    </Definitions>
  )
}

/** Without a secure origin the browser has no clipboard: then the key is shown. */
function copied(key: string): void {
  if (!navigator.clipboard) toast(words.hostKey, { description: key })
  else
    navigator.clipboard.writeText(key).then(
      () => toast.success(words.keyCopied, { description: key }),
      () => toast(words.hostKey, { description: key }),
    )
}

export function Upkeep({ machine }: { machine: Machine }) {
  const offset = machine?.clockOffset ?? 0
  const ends = machine?.certificateUntil
  return (
    <Definitions title={words.upkeep}>
      <Definition name={words.upgrades} tone={(machine?.pendingUpgrades ?? 0) > 50 ? 'warn' : undefined}>
        {machine ? (machine.pendingUpgrades ?? words.upgradesUnknown) : words.unknown}
      </Definition>
      <Definition name={words.reboot} tone={machine?.rebootRequired ? 'warn' : undefined}>
        {machine ? (machine.rebootRequired ? words.rebootYes : words.rebootNo) : words.unknown}
      </Definition>
      <Definition name={words.clock} tone={Math.abs(offset) > 0.5 ? 'warn' : undefined}>
        {machine ? (
          <>
            {words.clockOff(figure(Math.abs(offset), 'seconds'), offset >= 0)},{' '}
            {words.clockSynced[`${machine.clockSynced}`]}
          </>
        ) : (
          words.unknown
        )}
      </Definition>
      <Definition name={words.certificate}>
        {machine ? ends ? <RelativeTime at={ends} /> : words.noCertificate : words.unknown}
      </Definition>
    </Definitions>
  )
}

export function PowerCard({ machine }: { machine: Machine }) {
  return (
    <Card className="grid min-w-0 content-start gap-2.5 p-4">
      <h3 className="font-semibold text-sm leading-6">{words.power}</h3>
      <ul className="grid list-none gap-2 text-sm">
        {powerWords(machine?.power ?? null).map(({ text, tone }) => (
          <li key={text} className="flex items-baseline gap-2">
            <Light tone={tone} className="translate-y-[-1px]" />
            <span>{text}</span>
          </li>
        ))}
      </ul>
    </Card>
  )
}

export function CardOfNode({ machine, known }: { machine: Machine; known: NodeFacts }) {
  const { card } = known
  return (
    <Definitions title={words.card}>
      <Definition name={words.cardUsed}>
        {machine && machine.diskTotal > 0
          ? `${figure(1 - machine.diskFree / machine.diskTotal, 'fraction')} of ${figure(machine.diskTotal, 'bytes')}`
          : words.unknown}
      </Definition>
      <Definition name={words.cardState} tone={machine?.card.readOnly ? 'bad' : undefined}>
        {machine ? (machine.card.readOnly ? words.cardReadOnly : words.cardWritable) : words.unknown}
      </Definition>
      <Definition name={words.cardErrors} tone={(machine?.card.errors ?? 0) > 0 ? 'bad' : undefined}>
        {machine ? machine.card.errors : words.unknown}
      </Definition>
      <Definition name={words.cardWear} tone={(machine?.card.wear ?? 0) > 0.8 ? 'warn' : undefined}>
        {machine
          ? machine.card.wear === null
            ? words.cardWearUnknown
            : figure(machine.card.wear, 'fraction')
          : words.unknown}
      </Definition>
      <Definition name={words.cardFlashed}>
        {card ? (
          <>
            {phases[card.phase].label.toLowerCase()} <RelativeTime at={card.at} />
            {card.speeds ? `, ${card.speeds}` : ''} ·{' '}
            <Link
              className="text-primary underline-offset-4 hover:underline"
              href={runPath({ id: card.run, kind: 'flash' })}
            >
              {words.cardRun}
            </Link>
          </>
        ) : (
          words.cardAdopted
        )}
      </Definition>
    </Definitions>
  )
}

export function Units({ machine }: { machine: Machine }) {
  const units = Object.entries(machine?.units ?? {})
  return (
    <Card className="grid min-w-0 content-start gap-2.5 p-4">
      <div>
        <h3 className="font-semibold text-sm leading-6">{words.units}</h3>
        <p className="text-muted text-xs">{words.unitsText}</p>
      </div>
      {units.length === 0 ? (
        <p className="text-muted text-sm">{words.noUnits}</p>
      ) : (
        <ul className="grid list-none gap-1 text-sm">
          {units.map(([unit, state]) => (
            <li key={unit} className="flex items-center justify-between gap-3">
              <span className="truncate font-mono text-[0.8125rem]">{unit.replace(/\.service$/, '')}</span>
              <span className="inline-flex items-center gap-1.5">
                <Light tone={state === 'active' ? 'ok' : state === 'failed' ? 'bad' : 'neutral'} />
                {state}
              </span>
            </li>
          ))}
        </ul>
      )}
    </Card>
  )
}
