/** How the kinds of events look. */
import type { TimelineEvent, TimelineKind } from '@bramble/cluster'
import {
  AppWindow,
  BellOff,
  BellRing,
  Crown,
  Flag,
  PlugZap,
  Power,
  PowerOff,
  Rocket,
  RotateCw,
  Server,
  ServerOff,
  SquareActivity,
  Star,
  ToggleLeft,
  Vote,
} from 'lucide-react'

export const kindIcons: Record<TimelineKind, typeof Crown> = {
  'primary-changed': Crown,
  'primary-lost': Crown,
  'primary-back': Crown,
  'vip-moved': Flag,
  'vip-lost': Flag,
  'quorum-lost': Vote,
  'quorum-back': Vote,
  'etcd-leader-changed': Star,
  'node-away': PowerOff,
  'node-back': Power,
  'node-rebooted': PlugZap,
  'server-down': ServerOff,
  'server-up': Server,
  'server-switched': ToggleLeft,
  deploy: Rocket,
  'app-down': AppWindow,
  'app-back': AppWindow,
  'app-restarted': RotateCw,
  alert: BellRing,
  'alert-over': BellOff,
  run: SquareActivity,
}

export const levelInk: Record<TimelineEvent['level'], string> = {
  good: 'bg-ok-subtle text-ok',
  info: 'bg-info-subtle text-info',
  warning: 'bg-warn-subtle text-warn',
  critical: 'bg-bad-subtle text-bad',
}
