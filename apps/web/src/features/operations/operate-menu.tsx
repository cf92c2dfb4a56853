'use client'
/** What an operator can ask of a cluster that serves, and Pis that come. */
import { primaryOf, quorumOf, stateOf } from '@bramble/cluster'
import {
  ArrowLeftRight,
  CircleFadingArrowUp,
  DatabaseZap,
  HeartPulse,
  KeyRound,
  Pause,
  Play,
  Plus,
  Power,
  RectangleEllipsis,
  RotateCw,
  SlidersHorizontal,
} from 'lucide-react'
import { useRouter } from 'next/navigation'
import type { ComponentType } from 'react'
import { members } from '@/features/members/copy.ts'
import { useSpec, useWatch } from '@/live/watch-provider.tsx'
import { Button } from '@/ui/button.tsx'
import { Dropdown, DropdownContent, DropdownItem, DropdownSeparator, DropdownTrigger } from '@/ui/dropdown.tsx'
import { useAsked } from './asked.ts'
import { operate as words } from './copy.ts'
import { password } from './password/copy.ts'
import { PasswordDialog } from './password-dialog.tsx'
import { PlainDialog } from './plain-dialog.tsx'
import { RestartDialog } from './restart-dialog.tsx'
import { RotateDialog } from './rotate-dialog.tsx'
import { rotation } from './rotation/copy.ts'
import { SwitchoverDialog } from './switchover-dialog.tsx'
import { UpdateDialog } from './update-dialog.tsx'
import { UpgradeDialog } from './upgrade-dialog.tsx'

const kinds = [
  ...(['switchover', 'restart', 'update', 'upgrade', 'pause', 'resume'] as const),
  ...(['reset-password', 'rotate-secrets', 'shutdown', 'recover-quorum'] as const),
] as const
type Asked = (typeof kinds)[number]

interface OperateMenuProps {
  busy: boolean
  admin: boolean
  /** A rotation of secrets has begun and not ended. */
  rotating: boolean
}

export function OperateMenu({ busy, admin, rotating }: OperateMenuProps) {
  const router = useRouter()
  const spec = useSpec()
  const paused = usePaused()
  const leaderless = useLostQuorum()
  const open = spec.postgres?.wayBack !== undefined
  const { asked: named, ask, close } = useAsked(kinds)
  // An address cannot know whether Patroni is paused.
  const asked = named === 'pause' && paused ? 'resume' : named
  const item = (kind: Asked, icon: ComponentType<{ className?: string }>, bad = false) => (
    <OperateItem
      label={words.items[kind].label}
      does={busy ? words.busy : words.items[kind].does}
      {...{ icon, bad, disabled: busy }}
      onSelect={() => ask(kind)}
    />
  )
  return (
    <>
      <Dropdown>
        <DropdownTrigger asChild>
          <Button>
            <SlidersHorizontal aria-hidden /> {words.menu}
          </Button>
        </DropdownTrigger>
        <DropdownContent className="w-80 max-w-[calc(100vw-2rem)]">
          {item('switchover', ArrowLeftRight)}
          {item('restart', RotateCw)}
          {item('update', CircleFadingArrowUp)}
          {/* An open one stands on the page itself. */}
          {!open && item('upgrade', DatabaseZap)}
          {paused ? item('resume', Play) : item('pause', Pause)}
          <DropdownSeparator />
          <OperateItem
            icon={Plus}
            label={members.add.title}
            does={members.add.does}
            onSelect={() => router.push(`/clusters/${spec.name}/add`)}
          />
          <DropdownSeparator />
          <OperateItem
            icon={RectangleEllipsis}
            label={password.item.label}
            does={busy ? words.busy : password.item.does}
            disabled={busy}
            onSelect={() => ask('reset-password')}
          />
          <OperateItem
            icon={KeyRound}
            label={words.items['rotate-secrets'].label}
            does={admin ? (busy ? words.busy : words.items['rotate-secrets'].does) : rotation.adminOnly}
            disabled={busy || !admin}
            onSelect={() => ask('rotate-secrets')}
          />
          <DropdownSeparator />
          {leaderless && item('recover-quorum', HeartPulse, true)}
          {item('shutdown', Power, true)}
        </DropdownContent>
      </Dropdown>
      {asked === 'switchover' && <SwitchoverDialog onClose={close} />}
      {asked === 'restart' && <RestartDialog onClose={close} />}
      {asked === 'update' && <UpdateDialog onClose={close} />}
      {asked === 'upgrade' && !open && <UpgradeDialog onClose={close} />}
      {asked === 'reset-password' && <PasswordDialog onClose={close} />}
      {asked === 'rotate-secrets' && admin && <RotateDialog open={rotating} onClose={close} />}
      {(asked === 'pause' || asked === 'resume' || asked === 'shutdown' || asked === 'recover-quorum') && (
        <PlainDialog operation={{ kind: asked }} onClose={close} />
      )}
    </>
  )
}

interface OperateItemProps {
  icon: ComponentType<{ className?: string }>
  label: string
  does: string
  bad?: boolean
  disabled?: boolean
  onSelect: () => void
}

export function OperateItem({ icon: Icon, label, does, bad = false, disabled = false, onSelect }: OperateItemProps) {
  return (
    <DropdownItem tone={bad ? 'bad' : 'neutral'} className="items-start" {...{ disabled, onSelect }}>
      <Icon aria-hidden className="mt-0.5 shrink-0" />
      <span className="grid gap-0.5">
        <span className="font-medium">{label}</span>
        <span className="text-muted text-xs">{does}</span>
      </span>
    </DropdownItem>
  )
}

/** Is it known that etcd has no majority? */
function useLostQuorum(): boolean {
  const spec = useSpec()
  const watch = useWatch()
  return watch.states.some(({ etcd }) => etcd !== null) && !quorumOf(spec, watch).holds
}

/** Does Patroni elect nobody, as the primary says? */
export function usePaused(): boolean {
  const watch = useWatch()
  const primary = primaryOf(watch)
  return (primary === null ? null : stateOf(watch, primary)?.patroni?.paused) ?? false
}
