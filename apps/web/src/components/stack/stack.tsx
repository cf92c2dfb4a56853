'use client'
import { type Role, reviewSpec } from '@bramble/cluster'
/** The picture of the cluster, and the roles to move in it. */
import {
  type Announcements,
  closestCenter,
  DndContext,
  type DragEndEvent,
  DragOverlay,
  KeyboardCode,
  type KeyboardCoordinateGetter,
  KeyboardSensor,
  MouseSensor,
  pointerWithin,
  type ScreenReaderInstructions,
  TouchSensor,
  useSensor,
  useSensors,
} from '@dnd-kit/core'
import { useRouter } from 'next/navigation'
import { useMemo, useState, useTransition } from 'react'
import { toast } from 'sonner'
import { planCluster, saveRoles } from '@/app/clusters/[cluster]/actions.ts'
import { Button } from '@/components/ui/button.tsx'
import { Card, CardContent, CardDescription, CardHeader, CardTitle } from '@/components/ui/card.tsx'
import { TrafficPath } from './path.tsx'
import {
  addRole,
  moveRole,
  type Placement,
  placementOf,
  removeRole,
  samePlacement,
  withPlacement,
} from './placement.ts'
import { RoleChip } from './role-chip.tsx'
import { Shelf } from './shelf.tsx'
import { Survival } from './survival.tsx'
import type { StackView } from './view.ts'

interface StackProps {
  view: StackView
  /** May the reader press buttons? */
  operator: boolean
  /** A run of this cluster is under way. */
  busy: boolean
}

export function Stack({ view, operator, busy }: StackProps) {
  const router = useRouter()
  const saved = useMemo(() => placementOf(view.spec), [view.spec])
  const [edited, setEdited] = useState<typeof saved | null>(null)
  const placement = edited ?? saved
  const spec = useMemo(() => withPlacement(view.spec, placement), [view.spec, placement])
  const changed = edited !== null && !samePlacement(saved, edited)
  const blocked = useMemo(() => reviewSpec(spec).some((finding) => finding.level === 'error'), [spec])
  const [lifted, setLifted] = useState<Role | null>(null)
  const [saving, startSaving] = useTransition()
  const [planning, startPlanning] = useTransition()
  const sensors = useSensors(
    useSensor(MouseSensor, { activationConstraint: { distance: 4 } }),
    useSensor(TouchSensor, { activationConstraint: { delay: 180, tolerance: 8 } }),
    useSensor(KeyboardSensor, { coordinateGetter: boardToBoard }),
  )

  function drop(event: DragEndEvent) {
    setLifted(null)
    const data = event.active.data.current
    if (!event.over || !data) return
    setEdited(moveRole(placement, data.node, String(event.over.id), data.role))
  }

  function save() {
    startSaving(async () => {
      const answer = await saveRoles({ cluster: view.spec.name, placement: toSend(placement) })
      if (!answer.ok) {
        toast.error(answer.message, { description: answer.cure })
        return
      }
      setEdited(null)
      toast.success('Roles saved', { description: 'Press Plan to see what changes on the Pis.' })
      router.refresh()
    })
  }

  function plan(node: string, intent: 'look' | 'provision') {
    startPlanning(async () => {
      const answer = await planCluster({ cluster: view.spec.name, only: [node] })
      if (answer.ok) router.push(planPath(view.spec.name, answer.run, intent))
      else toast.error(answer.message, { description: answer.cure })
    })
  }

  const silent = new Set(view.boards.filter((board) => board.reachable === false).map((board) => board.name))
  return (
    <div className="grid gap-6 xl:grid-cols-[minmax(0,3fr)_minmax(22rem,2fr)]">
      <Card>
        <CardHeader>
          <CardTitle>On the shelf</CardTitle>
          <CardDescription>
            {operator
              ? 'Drag a role to another Pi, or use + and ×. Nothing changes until it is saved and provisioned.'
              : 'Lights: power on the left, last run on the right.'}
          </CardDescription>
        </CardHeader>
        <CardContent className="px-3 sm:px-5">
          <DndContext
            id="shelf"
            sensors={sensors}
            collisionDetection={(args) => (args.pointerCoordinates ? pointerWithin(args) : closestCenter(args))}
            onDragStart={({ active }) => setLifted(active.data.current?.role ?? null)}
            onDragEnd={drop}
            onDragCancel={() => setLifted(null)}
            accessibility={{ announcements, screenReaderInstructions: instructions }}
          >
            <Shelf
              spec={spec}
              boards={view.boards}
              busy={busy || planning || changed}
              actions={
                operator
                  ? {
                      add: (node, role) => setEdited(addRole(placement, node, role)),
                      remove: (node, role) => setEdited(removeRole(placement, node, role)),
                      plan,
                    }
                  : null
              }
            />
            <DragOverlay dropAnimation={null}>{lifted && <RoleChip role={lifted} lifted />}</DragOverlay>
          </DndContext>
        </CardContent>
      </Card>
      <div className="grid content-start gap-6">
        <Card>
          <CardHeader>
            <CardTitle>What it survives</CardTitle>
          </CardHeader>
          <CardContent>
            <Survival spec={spec} />
          </CardContent>
        </Card>
        <Card>
          <CardHeader>
            <CardTitle>The path of a request</CardTitle>
          </CardHeader>
          <CardContent>
            <TrafficPath spec={spec} alive={view.built && !changed} silent={silent} />
          </CardContent>
        </Card>
      </div>
      {changed && (
        <section
          aria-label="Roles moved"
          className="sticky bottom-4 z-20 flex animate-rise flex-wrap items-center justify-between gap-3 rounded-lg border border-border bg-raised p-3 pl-5 shadow-float max-md:bottom-20 xl:col-span-2"
        >
          <p className="text-sm" role="status">
            {blocked ? 'This cannot be built: see “What it survives”.' : 'Roles were moved and are not saved yet.'}
            {busy && ' A run is under way: save when it has ended.'}
          </p>
          <div className="flex gap-2">
            <Button onClick={() => setEdited(null)} disabled={saving}>
              Discard
            </Button>
            <Button variant="primary" onClick={save} pending={saving} disabled={blocked || busy}>
              Save
            </Button>
          </div>
        </section>
      )}
    </div>
  )
}

export function planPath(cluster: string, run: string, intent: 'look' | 'provision'): string {
  return `/clusters/${cluster}/plan/${run}${intent === 'provision' ? '?provision=1' : ''}`
}

function toSend(placement: Placement) {
  return Object.fromEntries(Object.entries(placement).map(([node, list]) => [node, [...list]]))
}

/** Up and down go from board to board; other keys do nothing while a role is held. */
const boardToBoard: KeyboardCoordinateGetter = (event, { context }) => {
  const step = event.code === KeyboardCode.Down ? 1 : event.code === KeyboardCode.Up ? -1 : 0
  if (step === 0 || !context.collisionRect) return undefined
  event.preventDefault()
  const boards = context.droppableContainers
    .getEnabled()
    .flatMap((entry) => {
      const rect = context.droppableRects.get(entry.id)
      return rect ? [{ id: entry.id, rect }] : []
    })
    .sort((a, b) => a.rect.top - b.rect.top)
  const over = boards.findIndex((board) => board.id === context.over?.id)
  const next = boards[Math.min(boards.length - 1, Math.max(0, Math.max(over, 0) + step))]
  if (!next) return undefined
  return {
    x: context.collisionRect.left,
    y: next.rect.top + next.rect.height / 2 - context.collisionRect.height / 2,
  }
}

const instructions: ScreenReaderInstructions = {
  draggable:
    'Press space to pick the role up, the up and down arrows to choose a Pi, space to drop it, escape to leave it.',
}

const announcements: Announcements = {
  onDragStart: ({ active }) => `Picked up ${active.data.current?.role} from ${active.data.current?.node}.`,
  onDragOver: ({ active, over }) => (over ? `${active.data.current?.role} is over ${over.id}.` : 'Over no Pi.'),
  onDragEnd: ({ active, over }) =>
    over ? `${active.data.current?.role} was moved to ${over.id}.` : `${active.data.current?.role} stays where it was.`,
  onDragCancel: ({ active }) => `${active.data.current?.role} stays where it was.`,
}
