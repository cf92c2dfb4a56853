'use client'
/** What an operator can ask of one Pi. */
import { primaryOf, stateOf } from '@bramble/cluster'
import { Copy, LogOut, Power, Replace, RotateCw, SlidersHorizontal, Trash2 } from 'lucide-react'
import { useRouter } from 'next/navigation'
import { members } from '@/features/members/copy.ts'
import { useSpec, useWatch } from '@/live/watch-provider.tsx'
import { Button } from '@/ui/button.tsx'
import { Dropdown, DropdownContent, DropdownSeparator, DropdownTrigger } from '@/ui/dropdown.tsx'
import { useAsked } from './asked.ts'
import { operate as words } from './copy.ts'
import { OperateItem } from './operate-menu.tsx'
import { PlainDialog } from './plain-dialog.tsx'
import { RemoveDialog } from './remove-dialog.tsx'
import { RestartDialog } from './restart-dialog.tsx'

const kinds = ['node-restart', 'node-reboot', 'node-reinit', 'node-kept', 'node-remove'] as const

export function NodeMenu({ name, busy }: { name: string; busy: boolean }) {
  const router = useRouter()
  const spec = useSpec()
  const watch = useWatch()
  const primary = primaryOf(watch)
  const kept = stateOf(watch, name)?.machine?.keptData
  const { asked, ask, close } = useAsked(kinds)
  const node = spec.nodes.find((one) => one.name === name)
  if (!node) return null
  const replica = node.roles.includes('postgres') && primary !== name
  const about = (does: string) => (busy ? words.busy : does)
  return (
    <>
      <Dropdown>
        <DropdownTrigger asChild>
          <Button size="sm" aria-label={members.menu(name)}>
            <SlidersHorizontal aria-hidden /> {words.menu}
          </Button>
        </DropdownTrigger>
        <DropdownContent className="w-80 max-w-[calc(100vw-2rem)]">
          {node.roles.length > 0 && (
            <OperateItem
              icon={RotateCw}
              label={words.items.restart.label}
              does={about(words.items.restart.does)}
              disabled={busy}
              onSelect={() => ask('node-restart')}
            />
          )}
          <OperateItem
            icon={Power}
            label={members.reboot.title}
            does={about(members.reboot.does)}
            disabled={busy}
            onSelect={() => ask('node-reboot')}
          />
          {replica && (
            <OperateItem
              icon={Copy}
              label={words.items.reinit.label}
              does={about(words.items.reinit.does)}
              disabled={busy}
              onSelect={() => ask('node-reinit')}
            />
          )}
          {kept && (
            <OperateItem
              icon={Trash2}
              label={words.items['delete-kept-data'].label}
              does={about(words.items['delete-kept-data'].does)}
              bad
              disabled={busy}
              onSelect={() => ask('node-kept')}
            />
          )}
          <DropdownSeparator />
          <OperateItem
            icon={Replace}
            label={members.replace.title}
            does={members.replace.does}
            onSelect={() => router.push(`/clusters/${spec.name}/replace/${name}`)}
          />
          <OperateItem
            icon={LogOut}
            label={members.remove.title}
            does={about(members.remove.does)}
            bad
            disabled={busy || node.leaving === true}
            onSelect={() => ask('node-remove')}
          />
        </DropdownContent>
      </Dropdown>
      {asked === 'node-reinit' && <PlainDialog operation={{ kind: 'reinit', node: name }} onClose={close} />}
      {asked === 'node-kept' && <PlainDialog operation={{ kind: 'delete-kept-data', node: name }} onClose={close} />}
      {asked === 'node-remove' && <RemoveDialog cluster={spec.name} node={name} onClose={close} />}
      {(asked === 'node-reboot' || (asked === 'node-restart' && node.roles.length > 0)) && (
        <RestartDialog node={name} {...(asked === 'node-reboot' ? { part: 'node' } : {})} onClose={close} />
      )}
    </>
  )
}
