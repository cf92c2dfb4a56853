'use client'
import type { Role } from '@bramble/cluster'
/** A role as a chip that can be picked up. */
import { useDraggable } from '@dnd-kit/core'
import { Database, Globe, Scale, Vote, X } from 'lucide-react'
import { roleEditing, roleWords } from '@/features/stack/copy.ts'
import { cn } from '@/ui/cn.ts'

const roleLook: Record<Role, { icon: typeof Vote; ink: string }> = {
  etcd: { icon: Vote, ink: 'border-info/35 bg-info-subtle text-info' },
  postgres: { icon: Database, ink: 'border-ok/35 bg-ok-subtle text-ok' },
  balancer: { icon: Scale, ink: 'border-primary/35 bg-primary-subtle text-primary' },
  web: { icon: Globe, ink: 'border-warn/35 bg-warn-subtle text-warn' },
}

const frame = 'inline-flex h-7 items-center gap-1.5 rounded-full border px-2.5 font-medium text-xs [&_svg]:size-3.5'

export function RoleChip({ role, lifted, className }: { role: Role; lifted?: boolean; className?: string }) {
  const { icon: Icon, ink } = roleLook[role]
  return (
    <span className={cn(frame, ink, lifted && 'cursor-grabbing shadow-float', className)} title={roleWords[role].does}>
      <Icon aria-hidden />
      {roleWords[role].label}
    </span>
  )
}

/** The drag's id is `node/role`. */
export function MovableChip({ node, role, onRemove }: { node: string; role: Role; onRemove: () => void }) {
  const { attributes, listeners, setNodeRef, isDragging } = useDraggable({
    id: `${node}/${role}`,
    data: { node, role },
  })
  const { icon: Icon, ink } = roleLook[role]
  return (
    <span className={cn(frame, ink, 'gap-0 p-0', isDragging && 'opacity-35')}>
      <button
        type="button"
        ref={setNodeRef}
        {...attributes}
        {...listeners}
        aria-label={roleEditing.move(roleWords[role].label, node)}
        title={roleWords[role].does}
        className="inline-flex h-full cursor-grab touch-manipulation items-center gap-1.5 rounded-l-full pr-1 pl-2.5"
      >
        <Icon aria-hidden />
        {roleWords[role].label}
      </button>
      <button
        type="button"
        aria-label={roleEditing.take(roleWords[role].label, node)}
        onClick={onRemove}
        className="inline-flex h-full items-center rounded-r-full pr-2 pl-1 opacity-70 hover:opacity-100 focus-visible:opacity-100"
      >
        <X aria-hidden className="size-3!" />
      </button>
    </span>
  )
}
