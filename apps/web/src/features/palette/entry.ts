/** One thing that the command palette offers, and what choosing it does. */
import type { AlertView } from '@bramble/db/alerts'
import type { Theme } from '@/ui/theme/theme.ts'

export type Deed =
  | { do: 'go'; href: string }
  | { do: 'plan'; cluster: string; intent: 'look' | 'provision' }
  | { do: 'silence'; cluster: string; rule: AlertView['rule']; node: string | null; hours: number }
  | { do: 'theme'; theme: Theme }
  | { do: 'sign-out' }
  | { do: 'shortcuts' }

export type EntryIcon =
  | 'cluster'
  | 'node'
  | 'chart'
  | 'run'
  | 'alert'
  | 'silence'
  | 'page'
  | 'plan'
  | 'provision'
  | 'flash'
  | 'add'
  | 'switch'
  | 'restart'
  | 'update'
  | 'pause'
  | 'power'
  | 'archive'
  | 'siren'
  | 'copy'
  | 'replace'
  | 'remove'
  | 'theme'
  | 'keys'
  | 'leave'

export interface Entry {
  /** Unique; kept with the recent ones. */
  id: string
  title: string
  /** Where it belongs, smaller beside it. */
  hint?: string
  /** Other words that find it. */
  also?: string[]
  icon: EntryIcon
  deed: Deed
  /** Why it cannot be done now. */
  reason?: string
}

export interface Group {
  name: string
  entries: Entry[]
}
