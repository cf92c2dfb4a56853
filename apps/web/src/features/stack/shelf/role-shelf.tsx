'use client'
import { roles as allRoles, type ClusterSpec, lossOf, nodesWith, type Role } from '@bramble/cluster'
/** The Pis one above the other, each with its roles to be moved. */
import { useDroppable } from '@dnd-kit/core'
import { EllipsisVertical, Fingerprint, Play, Plus, ScanSearch } from 'lucide-react'
import Link from 'next/link'
import { toast } from 'sonner'
import { flash, phases } from '@/features/flash/copy.ts'
import { reach, roleEditing, roleWords } from '@/features/stack/copy.ts'
import { lossWords } from '@/features/stack/standing/copy.ts'
import { Standoffs } from '@/features/stack/standing/standoffs.tsx'
import type { BoardView } from '@/features/stack/view.ts'
import { Pi } from '@/features/topology/pi.tsx'
import { Light, type Tone } from '@/ui/badge.tsx'
import { Button } from '@/ui/button.tsx'
import { cn } from '@/ui/cn.ts'
import {
  Dropdown,
  DropdownContent,
  DropdownItem,
  DropdownLabel,
  DropdownSeparator,
  DropdownTrigger,
} from '@/ui/dropdown.tsx'
import { RelativeTime } from '@/ui/time.tsx'
import { MovableChip, RoleChip } from './role-chip.tsx'

export interface ShelfActions {
  add: (node: string, role: Role) => void
  remove: (node: string, role: Role) => void
  /** Queues a plan for this Pi alone. */
  plan: (node: string, intent: 'look' | 'provision') => void
}

interface RoleShelfProps {
  spec: ClusterSpec
  boards: readonly BoardView[]
  /** Null: may look only. */
  actions: ShelfActions | null
  busy: boolean
}

export function RoleShelf({ spec, boards, actions, busy }: RoleShelfProps) {
  return (
    <div className="relative">
      <ol className="grid list-none" aria-label={roleEditing.label}>
        {boards.map((board) => (
          <Row key={board.name} spec={spec} board={board} actions={actions} busy={busy} />
        ))}
      </ol>
      <div className="grid grid-cols-[6.5rem_1fr] sm:grid-cols-[12rem_1fr]" aria-hidden="true">
        <div className="mx-1 h-2 rounded-b-md bg-part" />
      </div>
    </div>
  )
}

function Row({ spec, board, actions, busy }: { spec: ClusterSpec; board: BoardView } & Omit<RoleShelfProps, 'boards'>) {
  const node = spec.nodes.find((entry) => entry.name === board.name)
  const { setNodeRef, isOver, active } = useDroppable({ id: board.name })
  if (!node) return null
  const loss = lossOf(spec, board.name)
  const offered: Role | undefined = active?.data.current?.role
  const welcome = isOver && offered !== undefined && !node.roles.includes(offered)
  return (
    <li
      ref={setNodeRef}
      data-testid={`board-${board.name}`}
      aria-label={board.name}
      className={cn(
        'grid grid-cols-[6.5rem_minmax(0,1fr)] gap-x-4 rounded-lg transition-colors sm:grid-cols-[12rem_minmax(0,1fr)] sm:gap-x-6',
        welcome && 'bg-primary-subtle',
      )}
    >
      <div className="relative flex items-end">
        <Standoffs />
        <div className="relative w-full pt-3">
          <Pi power={board.reachable === null ? 'unknown' : board.reachable ? 'on' : 'away'} busy={board.busy} />
        </div>
      </div>
      <div className="grid content-center gap-1.5 border-border border-b py-3 pr-2">
        <div className="flex items-start justify-between gap-2">
          <div className="min-w-0">
            <h3 className="wrap-anywhere font-semibold leading-tight">{board.name}</h3>
            <p className="text-muted text-sm">
              <span className="numeric font-mono text-[0.8125rem]">{node.address}</span>
              {[board.facts.model, board.facts.memory, board.facts.system]
                .filter((fact) => fact !== null)
                .map((fact) => (
                  <span key={fact}> · {fact}</span>
                ))}
            </p>
          </div>
          {actions && <BoardMenu board={board} actions={actions} busy={busy} />}
        </div>
        <div className="flex flex-wrap items-center gap-1.5">
          {node.roles.map((role) =>
            actions ? (
              <MovableChip key={role} node={node.name} role={role} onRemove={() => actions.remove(node.name, role)} />
            ) : (
              <RoleChip key={role} role={role} />
            ),
          )}
          {node.roles.length === 0 && <span className="text-muted text-sm">{roleEditing.spare}</span>}
          {actions && <AddRole node={node.name} has={node.roles} add={actions.add} />}
        </div>
        <div className="flex flex-wrap gap-x-4 gap-y-1 text-muted text-xs">
          <Reach board={board} />
          <CardOf board={board} cluster={spec.name} flashes={actions !== null} />
          {board.lastRun && <span className="inline-flex items-center gap-1.5">{board.lastRun}</span>}
        </div>
        {board.trouble && (
          <p className="text-sm">
            <span className="font-medium text-bad">{board.trouble.message}</span> {board.trouble.cure}
          </p>
        )}
        {loss.stops.length > 0 && (
          <p className="font-medium text-warn text-xs">
            {roleEditing.ifItDies(lossWords(loss, nodesWith(spec, 'etcd').length))}
          </p>
        )}
      </div>
    </li>
  )
}

/** Its card: none yet, or how far it is. */
function CardOf({ board, cluster, flashes }: { board: BoardView; cluster: string; flashes: boolean }) {
  if (board.card === null) return null
  if (board.card === 'missing')
    return (
      <span className="inline-flex items-center gap-1.5">
        <Light tone="warn" />
        {flash.noCard}
        {flashes && (
          <Link
            href={`/flash?cluster=${cluster}`}
            className="font-medium text-primary underline-offset-4 hover:underline"
          >
            {flash.title}
          </Link>
        )}
      </span>
    )
  const { label, tone, live } = phases[board.card.phase]
  return (
    <span className="inline-flex items-center gap-1.5">
      <Light tone={tone} live={live} />
      <Link href={`/flash/${board.card.run}`} className="underline-offset-4 hover:underline">
        {flash.cardOf(label)}
      </Link>
    </span>
  )
}

function Reach({ board }: { board: BoardView }) {
  const [tone, words]: [Tone, string] =
    board.reachable === null
      ? ['neutral', reach.unknown]
      : board.reachable
        ? ['ok', reach.answered]
        : ['bad', reach.silent]
  return (
    <span className="inline-flex items-center gap-1.5">
      <Light tone={tone} />
      {words}
      {board.seenAt && board.reachable !== null && (
        <span>
          {board.reachable ? '' : reach.before}
          <RelativeTime at={board.seenAt} />
          {board.reachable ? '' : ')'}
        </span>
      )}
    </span>
  )
}

function BoardMenu({ board, actions, busy }: { board: BoardView; actions: ShelfActions; busy: boolean }) {
  const key = board.hostKey
  return (
    <Dropdown>
      <DropdownTrigger asChild>
        <Button variant="ghost" size="icon-sm" aria-label={roleEditing.menu(board.name)}>
          <EllipsisVertical aria-hidden />
        </Button>
      </DropdownTrigger>
      <DropdownContent>
        <DropdownLabel>{roleEditing.alone(board.name)}</DropdownLabel>
        <DropdownItem disabled={busy} onSelect={() => actions.plan(board.name, 'look')}>
          <ScanSearch aria-hidden /> {roleEditing.plan}
        </DropdownItem>
        <DropdownItem disabled={busy} onSelect={() => actions.plan(board.name, 'provision')}>
          <Play aria-hidden /> {roleEditing.reprovision}
        </DropdownItem>
        {key && (
          <>
            <DropdownSeparator />
            <DropdownItem
              onSelect={() =>
                navigator.clipboard
                  .writeText(key)
                  .then(() => toast.success(roleEditing.keyCopied(board.name), { description: key }))
                  .catch(() => toast(roleEditing.key(board.name), { description: key }))
              }
            >
              <Fingerprint aria-hidden /> {roleEditing.copyKey}
            </DropdownItem>
          </>
        )}
      </DropdownContent>
    </Dropdown>
  )
}

function AddRole({ node, has, add }: { node: string; has: readonly Role[]; add: ShelfActions['add'] }) {
  const missing = allRoles.filter((role) => !has.includes(role))
  if (missing.length === 0) return null
  return (
    <Dropdown>
      <DropdownTrigger asChild>
        <button
          type="button"
          aria-label={roleEditing.giveRole(node)}
          className="inline-grid size-7 place-items-center rounded-full border border-field border-dashed text-muted hover:border-foreground hover:text-foreground"
        >
          <Plus className="size-3.5" aria-hidden />
        </button>
      </DropdownTrigger>
      <DropdownContent align="start">
        <DropdownLabel>{roleEditing.give(node)}</DropdownLabel>
        {missing.map((role) => (
          <DropdownItem key={role} onSelect={() => add(node, role)}>
            <span className="grid">
              <span>{roleWords[role].label}</span>
              <span className="text-muted text-xs">{roleWords[role].does}</span>
            </span>
          </DropdownItem>
        ))}
      </DropdownContent>
    </Dropdown>
  )
}
