/** Apps of a cluster: their pages, and what can be asked of them. Each leads to the page that asks the rest. Pure. */
import type { ClusterPlace } from '@bramble/db'
import type { UserRole } from '@bramble/db/people'
import { atLeast } from '@/auth/roles.ts'
import { appCommands as words } from './copy.ts'
import type { Entry, EntryIcon } from './entry.ts'

/** A deploy that is asked for while a run is in progress waits for it, so nothing is refused meanwhile. */
export function appEntries({ name, apps, built }: ClusterPlace, role: UserRole): Entry[] {
  if (!built || !atLeast(role, 'operator')) return []
  return [
    entry(name, '', words.deployNew(name), 'add', words.also.deploy),
    ...apps.flatMap((app) => [
      entry(name, `/${app}?do=deploy`, words.deploy(app), 'add', words.also.deploy),
      entry(name, `/${app}?do=restart`, words.restart(app), 'restart', words.also.restart),
      entry(name, `/${app}?do=rollback`, words.rollBack(app), 'replace', words.also.rollBack),
    ]),
  ]
}

/** For everybody. */
export const appPlaces = ({ name, apps }: ClusterPlace): Entry[] => [
  { ...entry(name, '', words.apps, 'page', words.also.app), id: `apps ${name}` },
  ...apps.map((app) => ({ ...entry(name, `/${app}`, app, 'page', words.also.app), id: `app ${name} ${app}` })),
]

const entry = (cluster: string, tail: string, title: string, icon: EntryIcon, also: readonly string[]): Entry => ({
  ...{ id: `app ${cluster}${tail}`, title, icon, also: [...also], hint: cluster },
  deed: { do: 'go', href: `/clusters/${cluster}/apps${tail}` },
})
