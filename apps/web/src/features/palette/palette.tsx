'use client'
/** The command palette: one field that leads to every cluster, Pi, page and run, and does what its user may do. */
import { Command } from 'cmdk'
import {
  Archive,
  ArrowLeftRight,
  BellOff,
  BellRing,
  Boxes,
  ChartLine,
  CircleFadingArrowUp,
  CircuitBoard,
  Copy,
  FileText,
  Keyboard,
  LogOut,
  MemoryStick,
  Palette as PaletteIcon,
  Pause,
  Play,
  Plus,
  Power,
  Replace,
  RotateCw,
  ScanSearch,
  Siren,
  SquareActivity,
} from 'lucide-react'
import { useParams, useRouter } from 'next/navigation'
import { Dialog } from 'radix-ui'
import { useEffect, useMemo, useState, useTransition } from 'react'
import { toast } from 'sonner'
import type { Account } from '@/auth/session.ts'
import { silence } from '@/features/alerts/actions.ts'
import { planCluster } from '@/features/plan/actions.ts'
import { planPath } from '@/features/plan/plan-path.ts'
import { signOut } from '@/features/sign-in/actions.ts'
import { Button } from '@/ui/button.tsx'
import { chooseTheme } from '@/ui/theme/theme-choice.ts'
import { palette as words } from './copy.ts'
import { groupsOf, type PaletteIndex } from './entries.ts'
import type { Entry, EntryIcon, Group } from './entry.ts'
import { recentIds, remember } from './recent.ts'

interface PaletteProps {
  account: Account
  onClose: () => void
  onShortcuts: () => void
}

export function Palette({ account, onClose, onShortcuts }: PaletteProps) {
  const { index, failed, fetchAgain } = useIndex()
  const { cluster } = useParams()
  const here = typeof cluster === 'string' ? cluster : null
  const groups = useMemo(() => groupsOf(index, account.role, here), [index, account.role, here])
  const [text, setText] = useState('')
  const [recent] = useState(recentIds)
  const { choose, pending } = useDeeds(onClose, onShortcuts)
  return (
    <Dialog.Root open onOpenChange={(open) => !open && onClose()}>
      <Dialog.Portal>
        <Dialog.Overlay className="fixed inset-0 z-50 animate-fade bg-black/45 backdrop-blur-[2px]" />
        <Dialog.Content
          aria-describedby={undefined}
          className="fixed inset-x-2 top-2 z-50 mx-auto w-auto max-w-xl animate-rise overflow-hidden rounded-xl border border-border bg-raised shadow-float outline-none sm:top-[12dvh]"
        >
          <Dialog.Title className="sr-only">{words.title}</Dialog.Title>
          <Command label={words.title} loop aria-busy={pending}>
            <Command.Input
              value={text}
              onValueChange={setText}
              placeholder={words.field}
              className="h-13 w-full border-border border-b bg-transparent px-4 text-base outline-none placeholder:text-muted"
            />
            <Command.List
              label={words.list}
              className="max-h-[min(24rem,65dvh)] scroll-py-2 overflow-y-auto overscroll-contain p-2"
            >
              <Command.Empty className="px-3 py-8 text-center text-muted text-sm">
                {index || failed ? words.none : words.loading}
              </Command.Empty>
              {text === '' && <Recent groups={groups} ids={recent} onChoose={choose} />}
              {groups.map((group) => (
                <Entries key={group.name} {...group} onChoose={choose} />
              ))}
            </Command.List>
            {failed && (
              <p
                role="alert"
                className="flex items-center justify-between gap-3 border-border border-t px-4 py-2 text-sm"
              >
                {words.failed}
                <Button size="sm" onClick={fetchAgain}>
                  {words.again}
                </Button>
              </p>
            )}
            <Keys />
          </Command>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  )
}

/** Fetched when the palette opens. Null: it is on its way. */
function useIndex(): { index: PaletteIndex | null; failed: boolean; fetchAgain: () => void } {
  const [index, setIndex] = useState<PaletteIndex | null>(null)
  const [failed, setFailed] = useState(false)
  const [asked, setAsked] = useState(0)
  useEffect(() => {
    const leaving = new AbortController()
    setFailed(false)
    fetch('/api/palette', { signal: leaving.signal })
      .then(async (answer) => (answer.ok ? setIndex((await answer.json()) as PaletteIndex) : setFailed(true)))
      .catch(() => leaving.signal.aborted || setFailed(true))
    return () => leaving.abort()
  }, [asked])
  return { index, failed, fetchAgain: () => setAsked(asked + 1) }
}

function useDeeds(onClose: () => void, onShortcuts: () => void) {
  const router = useRouter()
  const [pending, start] = useTransition()
  const choose = (entry: Entry) => {
    if (entry.reason) return
    remember(entry)
    const { deed } = entry
    switch (deed.do) {
      case 'go':
        onClose()
        return router.push(deed.href)
      case 'silence':
        return start(async () => {
          const { cluster, rule, node, hours } = deed
          const until = new Date(Date.now() + hours * 3_600_000).toISOString()
          const answer = await silence({ cluster, rule, node, until, reason: '' })
          onClose()
          if (answer.ok) toast.success(words.silenced)
          else toast.error(answer.message, { description: answer.cure })
        })
      case 'theme':
        onClose()
        return chooseTheme(deed.theme)
      case 'shortcuts':
        return onShortcuts()
      case 'sign-out':
        return start(() => signOut())
      case 'plan':
        return start(async () => {
          const answer = await planCluster({ cluster: deed.cluster })
          onClose()
          if (!answer.ok) toast.error(answer.message, { description: answer.cure })
          else router.push(planPath(deed.cluster, answer.run, deed.intent))
        })
    }
  }
  return { choose, pending }
}

interface EntriesProps extends Group {
  onChoose: (entry: Entry) => void
  /** Sets the values of these items apart from those of the same entries below. */
  prefix?: string
}

function Recent({
  groups,
  ids,
  onChoose,
}: { groups: readonly Group[]; ids: readonly string[] } & Pick<EntriesProps, 'onChoose'>) {
  const all = new Map(groups.flatMap(({ entries }) => entries.map((entry) => [entry.id, entry])))
  const entries = ids.flatMap((id) => all.get(id) ?? [])
  if (entries.length === 0) return null
  return <Entries name={words.recent} entries={entries} onChoose={onChoose} prefix="recent " />
}

function Entries({ name, entries, onChoose, prefix = '' }: EntriesProps) {
  return (
    <Command.Group
      heading={name}
      className="[&_[cmdk-group-heading]]:px-3 [&_[cmdk-group-heading]]:pt-2 [&_[cmdk-group-heading]]:pb-1 [&_[cmdk-group-heading]]:text-muted [&_[cmdk-group-heading]]:text-xs"
    >
      {entries.map((entry) => (
        <Item key={entry.id} entry={entry} value={`${prefix}${entry.id}`} onChoose={onChoose} />
      ))}
    </Command.Group>
  )
}

const icons: Record<EntryIcon, typeof Boxes> = {
  cluster: Boxes,
  node: CircuitBoard,
  chart: ChartLine,
  run: SquareActivity,
  alert: BellRing,
  silence: BellOff,
  page: FileText,
  plan: ScanSearch,
  provision: Play,
  flash: MemoryStick,
  add: Plus,
  switch: ArrowLeftRight,
  restart: RotateCw,
  update: CircleFadingArrowUp,
  pause: Pause,
  power: Power,
  archive: Archive,
  siren: Siren,
  copy: Copy,
  replace: Replace,
  remove: LogOut,
  theme: PaletteIcon,
  keys: Keyboard,
  leave: LogOut,
}

function Item({ entry, value, onChoose }: { entry: Entry; value: string; onChoose: EntriesProps['onChoose'] }) {
  const Icon = icons[entry.icon]
  const { title, hint, also = [], reason } = entry
  return (
    <Command.Item
      value={value}
      keywords={[title, ...(hint ? [hint] : []), ...also]}
      disabled={reason !== undefined}
      onSelect={() => onChoose(entry)}
      className="flex min-h-10 cursor-default select-none items-center gap-3 rounded-md px-3 py-2 text-sm aria-selected:bg-sunken aria-disabled:text-muted"
    >
      <Icon className="size-4 shrink-0 text-muted" aria-hidden />
      <span className="min-w-0 flex-1 truncate">{title}</span>
      <span className="max-w-[45%] shrink-0 truncate text-muted text-xs">{reason ?? hint}</span>
    </Command.Item>
  )
}

function Keys() {
  return (
    <div className="hidden gap-4 border-border border-t px-4 py-2 text-muted text-xs sm:flex" aria-hidden>
      {(
        [
          ['↑ ↓', words.keys.move],
          ['↵', words.keys.choose],
          ['Esc', words.keys.close],
        ] as const
      ).map(([key, does]) => (
        <span key={key}>
          <kbd className="rounded-sm border border-border bg-surface px-1.5 font-sans">{key}</kbd> {does}
        </span>
      ))}
    </div>
  )
}
