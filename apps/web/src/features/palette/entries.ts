/** What the command palette offers, by what is there and what its user may do. Pure. */
import type { RunStatus } from '@bramble/cluster'
import type { ClusterPlace } from '@bramble/db'
import type { AlertView } from '@bramble/db/alerts'
import type { UserRole } from '@bramble/db/people'
import { atLeast } from '@/auth/roles.ts'
import { appEntries, appPlaces } from './app-entries.ts'
import { palette as words } from './copy.ts'
import type { Entry, EntryIcon, Group } from './entry.ts'
import { operateEntries } from './operate-entries.ts'

export interface PaletteIndex {
  clusters: ClusterPlace[]
  /** Newest first. */
  runs: { href: string; title: string; status: RunStatus; at: string; cluster: string }[]
  alerts: (Pick<AlertView, 'id' | 'title' | 'words' | 'cluster' | 'rule' | 'node'> & { silenced: boolean })[]
}

/** `here`: the cluster of the page on which the palette was opened; its entries come first. */
export function groupsOf(index: PaletteIndex | null, role: UserRole, here: string | null): Group[] {
  const clusters = (index?.clusters ?? []).toSorted((a, b) => Number(b.name === here) - Number(a.name === here))
  return [
    {
      name: words.groups.actions,
      entries: clusters.flatMap((cluster) => [
        ...actionsOn(cluster, role),
        ...appEntries(cluster, role),
        ...operateEntries(cluster, role, cluster.name === here),
      ]),
    },
    {
      name: words.groups.clusters,
      entries: clusters.flatMap((cluster) => [...placesOf(cluster), ...appPlaces(cluster)]),
    },
    { name: words.groups.alerts, entries: (index?.alerts ?? []).flatMap((alert) => alertEntries(alert, role)) },
    { name: words.groups.runs, entries: (index?.runs ?? []).map(runEntry) },
    { name: words.groups.pages, entries: pagesFor(role) },
    { name: words.groups.bramble, entries: brambleEntries(role) },
  ].filter(({ entries }) => entries.length > 0)
}

function actionsOn({ name, built, busy }: ClusterPlace, role: UserRole): Entry[] {
  if (!atLeast(role, 'operator')) return []
  const reason = busy ? { reason: words.busy } : {}
  const build = built ? words.reprovision(name) : words.provision(name)
  return [
    {
      ...{ id: `plan ${name}`, title: words.plan(name), icon: 'plan' as const, also: words.also.plan },
      ...{ deed: { do: 'plan' as const, cluster: name, intent: 'look' as const }, ...reason },
    },
    {
      ...{ id: `provision ${name}`, title: build, icon: 'provision' as const, also: words.also.provision },
      ...{ deed: { do: 'plan' as const, cluster: name, intent: 'provision' as const }, ...reason },
    },
    {
      ...{ id: `flash ${name}`, title: words.flash(name), icon: 'flash' as const, also: words.also.flash },
      deed: { do: 'go', href: `/flash?cluster=${name}` },
    },
  ]
}

function placesOf({ name, nodes }: ClusterPlace): Entry[] {
  const page = (tail: string, title: string, icon: EntryIcon, also: string[] = []): Entry => ({
    ...{ id: `cluster ${name}${tail}`, title, icon, also, hint: name },
    deed: { do: 'go', href: `/clusters/${name}${tail}` },
  })
  return [
    { ...page('', name, 'cluster', words.also.cluster), hint: words.cluster },
    page('/postgres', words.postgres, 'chart', words.also.postgres),
    page('/haproxy', words.haproxy, 'chart', words.also.haproxy),
    page('/timeline', words.timeline, 'chart', words.also.timeline),
    page('/drills', words.drills, 'page', words.also.drills),
    page('/backups', words.backups, 'page', words.also.backups),
    page('/compare', words.compare, 'chart'),
    ...nodes.map((node) => page(`/nodes/${node}`, node, 'node' as const, words.also.node)),
  ]
}

const silentHours = 1

function alertEntries(alert: PaletteIndex['alerts'][number], role: UserRole): Entry[] {
  const { id, title, words: text, cluster, rule, node, silenced } = alert
  const shown: Entry = {
    ...{ id: `alert ${id}`, title: text, hint: cluster, also: [title], icon: 'alert' },
    deed: { do: 'go', href: `/alerts#${id}` },
  }
  if (silenced || !atLeast(role, 'operator')) return [shown]
  const silence: Entry = {
    ...{ id: `silence ${id}`, title: words.silence(title, node ?? cluster), also: words.also.silence, icon: 'silence' },
    deed: { do: 'silence', cluster, rule, node, hours: silentHours },
  }
  return [shown, silence]
}

const runEntry = ({ href, title, cluster, status }: PaletteIndex['runs'][number]): Entry => ({
  ...{ id: `run ${href}`, title, hint: words.runHint(cluster, status), icon: 'run' },
  deed: { do: 'go', href },
})

function pagesFor(role: UserRole): Entry[] {
  return words.pages
    .filter(({ role: wanted }) => atLeast(role, wanted))
    .map(({ href, title, also }) => ({ id: `page ${href}`, title, also, icon: 'page', deed: { do: 'go', href } }))
}

function brambleEntries(role: UserRole): Entry[] {
  const add: Entry = {
    id: 'new cluster',
    title: words.newCluster,
    icon: 'add',
    deed: { do: 'go', href: '/clusters/new' },
  }
  return [
    ...(atLeast(role, 'operator') ? [add] : []),
    ...(['light', 'dark', 'system'] as const).map(
      (theme): Entry => ({
        ...{ id: `theme ${theme}`, title: words.themes[theme], also: words.also.theme, icon: 'theme' },
        deed: { do: 'theme', theme },
      }),
    ),
    { id: 'shortcuts', title: words.shortcuts, icon: 'keys', deed: { do: 'shortcuts' } },
    { id: 'sign-out', title: words.signOut, also: words.also.signOut, icon: 'leave', deed: { do: 'sign-out' } },
  ]
}
