import type { FoundApp } from '@bramble/cluster'
import { upload as words } from '../copy.ts'

/** Debian packages that a deploy installs on the nodes; by release where they differ. Empty: none. */
export function packagesWords({ bookworm, trixie }: FoundApp['packages']): string {
  const sets = { bookworm: [...new Set(bookworm)].sort(), trixie: [...new Set(trixie)].sort() }
  const [old, now] = [sets.bookworm.join(', '), sets.trixie.join(', ')]
  if (old === now) return now
  const parts = Object.entries({ bookworm: old, trixie: now }) as [keyof typeof sets, string][]
  return parts.flatMap(([name, list]) => (list === '' ? [] : [`${list} (${words.packagesOf[name]})`])).join('; ')
}
