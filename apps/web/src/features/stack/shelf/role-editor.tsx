'use client'
/** Roles to be moved from Pi to Pi, and what the stack would survive then. */
import { type ClusterSpec, type Role, reviewSpec } from '@bramble/cluster'
import {
  closestCenter,
  DndContext,
  type DragEndEvent,
  DragOverlay,
  KeyboardSensor,
  MouseSensor,
  pointerWithin,
  TouchSensor,
  useSensor,
  useSensors,
} from '@dnd-kit/core'
import { useRouter } from 'next/navigation'
import { type ReactNode, useMemo, useState, useTransition } from 'react'
import { toast } from 'sonner'
import { planCluster, saveRoles } from '@/features/plan/actions.ts'
import { planPath } from '@/features/plan/plan-path.ts'
import { survival, roleEditing as words } from '@/features/stack/copy.ts'
import { path } from '@/features/stack/path/copy.ts'
import { announcements, boardToBoard, instructions } from '@/features/stack/path/moves.ts'
import { trafficOf } from '@/features/stack/path/traffic.ts'
import { TrafficPath } from '@/features/stack/path/traffic-path.tsx'
import { Survival } from '@/features/stack/standing/survival.tsx'
import type { BoardView } from '@/features/stack/view.ts'
import {
  addRole,
  moveRole,
  type Placement,
  placementOf,
  removeRole,
  samePlacement,
  withPlacement,
} from '@/features/topology/placement.ts'
import { Button } from '@/ui/button.tsx'
import { Card, CardContent, CardDescription, CardHeader, CardTitle } from '@/ui/card.tsx'
import { RoleChip } from './role-chip.tsx'
import { RoleShelf } from './role-shelf.tsx'

interface RoleEditorProps {
  spec: ClusterSpec
  boards: readonly BoardView[]
  /** May the reader press buttons? */
  operator: boolean
  /** A run of this cluster is under way. */
  busy: boolean
  /** Beside the title, e.g. the way back to the live picture. */
  actions?: ReactNode
}

const unseen = { at: null, states: [] }

export function RoleEditor({ spec: asked, boards, operator, busy, actions }: RoleEditorProps) {
  const router = useRouter()
  const saved = useMemo(() => placementOf(asked), [asked])
  const [edited, setEdited] = useState<typeof saved | null>(null)
  const placement = edited ?? saved
  const spec = useMemo(() => withPlacement(asked, placement), [asked, placement])
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
      const answer = await saveRoles({ cluster: spec.name, placement: toSend(placement) })
      if (!answer.ok) {
        toast.error(answer.message, { description: answer.cure })
        return
      }
      setEdited(null)
      toast.success(words.saved, { description: words.savedText })
      router.refresh()
    })
  }

  function plan(node: string, intent: 'look' | 'provision') {
    startPlanning(async () => {
      const answer = await planCluster({ cluster: spec.name, only: [node] })
      if (answer.ok) router.push(planPath(spec.name, answer.run, intent))
      else toast.error(answer.message, { description: answer.cure })
    })
  }

  return (
    <div className="grid gap-5 xl:grid-cols-[minmax(0,3fr)_minmax(22rem,2fr)]">
      <Card>
        <CardHeader>
          <CardTitle>{words.title}</CardTitle>
          <CardDescription>{operator ? words.hint : words.lookHint}</CardDescription>
          {actions && <div className="col-start-2 row-span-2 row-start-1">{actions}</div>}
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
            <RoleShelf
              spec={spec}
              boards={boards}
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
      <div className="grid content-start gap-5">
        <Card>
          <CardHeader>
            <CardTitle>{survival.title}</CardTitle>
          </CardHeader>
          <CardContent>
            <Survival spec={spec} watch={null} />
          </CardContent>
        </Card>
        <Card>
          <CardHeader>
            <CardTitle>{path.title}</CardTitle>
          </CardHeader>
          <CardContent>
            <TrafficPath cluster={spec.name} traffic={trafficOf(spec, unseen)} flow={null} />
          </CardContent>
        </Card>
      </div>
      {changed && (
        <section
          aria-label={words.moved}
          className="sticky bottom-4 z-20 flex animate-rise flex-wrap items-center justify-between gap-3 rounded-lg border border-border bg-raised p-3 pl-5 shadow-float max-md:bottom-20 xl:col-span-2"
        >
          <p className="text-sm" role="status">
            {blocked ? words.blocked : words.unsaved} {busy && words.runUnderWay}
          </p>
          <div className="flex gap-2">
            <Button onClick={() => setEdited(null)} disabled={saving}>
              {words.discard}
            </Button>
            <Button variant="primary" onClick={save} pending={saving} disabled={blocked || busy}>
              {words.save}
            </Button>
          </div>
        </section>
      )}
    </div>
  )
}

function toSend(placement: Placement) {
  return Object.fromEntries(Object.entries(placement).map(([node, list]) => [node, [...list]]))
}
