/** A picture for each kind of channel. */
import type { ChannelKind } from '@bramble/cluster'
import { HeartPulse, House, Mail, MessagesSquare, Smartphone, Webhook } from 'lucide-react'

const icons = {
  ntfy: Smartphone,
  email: Mail,
  'home-assistant': House,
  discord: MessagesSquare,
  webhook: Webhook,
  heartbeat: HeartPulse,
} satisfies Record<ChannelKind, typeof Mail>

export function KindIcon({ kind }: { kind: ChannelKind }) {
  const Icon = icons[kind]
  return (
    <span className="grid size-9 shrink-0 place-items-center rounded-md bg-sunken text-muted">
      <Icon className="size-4.5" aria-hidden />
    </span>
  )
}
