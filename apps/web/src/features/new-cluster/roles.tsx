'use client'
import { roles as allRoles, type Role } from '@bramble/cluster'
import { Check, RotateCcw } from 'lucide-react'
import { Alert } from '@/ui/alert.tsx'
import { Button } from '@/ui/button.tsx'
import { cn } from '@/ui/cn.ts'
import { wizard } from './copy.ts'
import type { StepProps } from './draft.ts'
import { type DraftNode, findingsOf, toggleRole, withProposal } from './draft.ts'

/** Step 3: who does what. Proposed, movable, and weighed at every move. */
export function Roles({ draft, update }: StepProps) {
  return (
    <div className="grid gap-5">
      <div className="flex flex-wrap items-center justify-between gap-3">
        <p className="max-w-prose text-muted text-sm">{wizard.rolesText}</p>
        <Button
          size="sm"
          variant="ghost"
          disabled={!draft.rolesMoved}
          onClick={() => update((was) => withProposal(was, true))}
        >
          <RotateCcw aria-hidden />
          {wizard.propose}
        </Button>
      </div>
      <ul className="grid gap-2.5">
        {draft.nodes.map((node) => (
          <li
            key={node.key}
            className="grid gap-3 rounded-lg border border-border p-3 sm:grid-cols-[minmax(7rem,11rem)_1fr] sm:items-center"
          >
            <div className="min-w-0 px-1">
              <p className="truncate font-medium">{node.name}</p>
              <p className="numeric font-mono text-muted text-xs">{node.address}</p>
            </div>
            <div className="grid grid-cols-2 gap-2 lg:grid-cols-4">
              {allRoles.map((role) => (
                <RoleToggle
                  key={role}
                  node={node}
                  role={role}
                  toggle={() => update((was) => toggleRole(was, node.key, role))}
                />
              ))}
            </div>
          </li>
        ))}
      </ul>
      <Findings draft={draft} />
    </div>
  )
}

function RoleToggle({ node, role, toggle }: { node: DraftNode; role: Role; toggle: () => void }) {
  const on = node.roles.includes(role)
  const words = wizard.roles[role]
  return (
    <button
      type="button"
      aria-pressed={on}
      aria-label={wizard.has(node.name, words.title)}
      onClick={toggle}
      className={cn(
        'flex items-start gap-2 rounded-md border px-3 py-2 text-left text-sm transition-colors',
        on ? 'border-primary bg-primary-subtle' : 'border-border border-dashed text-muted hover:border-field',
      )}
    >
      <span className="grid min-w-0 flex-1">
        <span className={cn('font-medium', on && 'text-primary')}>{words.title}</span>
        <span className="hidden text-muted text-xs sm:block">{words.text}</span>
      </span>
      <Check className={cn('mt-0.5 size-4 text-primary', !on && 'opacity-0')} aria-hidden />
    </button>
  )
}

/** Errors first, then single points of failure; or that all is well. Spoken when it changes. */
export function Findings({ draft }: { draft: StepProps['draft'] }) {
  const findings = findingsOf(draft).sort((a, b) => a.level.localeCompare(b.level))
  return (
    <div className="grid gap-2.5" aria-live="polite">
      {findings.length === 0 ? (
        <Alert tone="ok" title={wizard.sound}>
          {wizard.soundText}
        </Alert>
      ) : (
        findings.map((finding) => (
          <Alert
            key={`${finding.code} ${finding.path}`}
            tone={finding.level === 'error' ? 'bad' : 'warn'}
            role="listitem"
            title={finding.message}
          >
            {finding.cure}
          </Alert>
        ))
      )}
    </div>
  )
}
