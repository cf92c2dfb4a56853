'use client'
import { Pi } from '@/features/topology/pi.tsx'
import { Badge } from '@/ui/badge.tsx'
import { wizard } from './copy.ts'
import type { StepProps } from './draft.ts'
import { Findings } from './roles.tsx'

/** Step 4: the stack as it will stand, and the addresses it will answer on. */
export function Review({ draft }: StepProps) {
  const ports = [
    { label: wizard.http, value: `http://${draft.vip}` },
    { label: wizard.write, value: `${draft.vip}:5000` },
    { label: wizard.read, value: `${draft.vip}:5001` },
  ]
  return (
    <div className="grid gap-6">
      <p className="max-w-prose text-muted text-sm">
        {draft.way === 'flash' ? wizard.flash.reviewText : wizard.reviewText}
      </p>
      <div className="grid gap-6 lg:grid-cols-[minmax(0,1fr)_20rem]">
        <ul className="grid content-start gap-2 rounded-lg bg-sunken p-4">
          {draft.nodes.map((node) => (
            <li
              key={node.key}
              className="grid grid-cols-[8rem_minmax(0,1fr)] items-center gap-4 sm:grid-cols-[11rem_1fr]"
            >
              <Pi power="on" />
              <div className="grid gap-1.5">
                <p className="flex flex-wrap items-baseline gap-x-2">
                  <span className="font-medium">{node.name}</span>
                  <span className="numeric font-mono text-muted text-xs">{node.address}</span>
                </p>
                <p className="flex flex-wrap gap-1.5">
                  {node.roles.length === 0 ? <Badge>{wizard.spare}</Badge> : null}
                  {node.roles.map((role) => (
                    <Badge key={role} tone="primary">
                      {wizard.roles[role].title}
                    </Badge>
                  ))}
                </p>
              </div>
            </li>
          ))}
        </ul>
        <div className="grid content-start gap-5 text-sm">
          <div className="grid gap-3">
            <p className="text-muted">{wizard.answers}</p>
            <dl className="grid gap-3">
              {ports.map((port) => (
                <div key={port.label}>
                  <dt className="text-muted text-xs">{port.label}</dt>
                  <dd className="numeric wrap-anywhere font-mono">{port.value}</dd>
                </div>
              ))}
            </dl>
          </div>
          <dl className="grid gap-3 border-border border-t pt-5">
            <div>
              <dt className="text-muted text-xs">{wizard.preset}</dt>
              <dd>
                {wizard.presets[draft.preset].title}. {wizard.presets[draft.preset].text}
              </dd>
            </div>
            <div>
              <dt className="text-muted text-xs">{wizard.synchronous}</dt>
              <dd>{draft.synchronous ? wizard.safe : wizard.quick}</dd>
            </div>
          </dl>
        </div>
      </div>
      <Findings draft={draft} />
    </div>
  )
}
