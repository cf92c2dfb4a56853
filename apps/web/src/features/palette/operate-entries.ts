/** What an operator can ask of a cluster that serves. Each leads to the page that asks the rest. Pure. */

import type { ClusterPlace } from '@bramble/db'
import type { UserRole } from '@bramble/db/people'
import { atLeast } from '@/auth/roles.ts'
import { drillClasses } from '@/features/runs/drill-classes.ts'
import { operating as words } from './copy.ts'
import type { Entry, EntryIcon } from './entry.ts'

/** `here`: the page is one of this cluster, so its Pis are at hand, too. */
export function operateEntries({ name, nodes, built, busy }: ClusterPlace, role: UserRole, here: boolean): Entry[] {
  if (!built || !atLeast(role, 'operator')) return []
  const reason = busy ? { reason: words.busy } : {}
  const entry = (address: string, title: string, icon: EntryIcon, also: readonly string[]): Entry => ({
    ...{ id: `do ${name}${address}`, title, icon, also: [...also], hint: name, ...reason },
    deed: { do: 'go', href: `/clusters/${name}${address}` },
  })
  const { also, icons } = words
  return [
    entry('?do=switchover', words.switchover(name), icons.switchover, also.switchover),
    entry('?do=restart', words.restart(name), icons.restart, also.restart),
    entry('?do=update', words.update(name), icons.update, also.update),
    entry('?do=upgrade', words.upgrade(name), icons.upgrade, also.upgrade),
    entry('?do=pause', words.pause(name), icons.pause, also.pause),
    entry('?do=recover-quorum', words.recover(name), icons.recover, also.recover),
    entry('?do=reset-password', words.password(name), icons.password, also.password),
    ...(atLeast(role, 'admin') ? [entry('?do=rotate-secrets', words.rotate(name), icons.password, also.rotate)] : []),
    entry('?do=shutdown', words.shutdown(name), icons.shutdown, also.shutdown),
    entry('/backups?do=backup', words.backup(name), icons.backup, also.backup),
    ...(atLeast(role, 'admin') ? [entry('/backups?do=restore', words.restore(name), icons.backup, also.restore)] : []),
    entry('/add', words.add(name), icons.add, also.add),
    ...Object.entries(drillClasses).map(([kind, { title }]) =>
      entry(`/drills?do=${kind}`, words.drill(title), icons.drill, also.drill),
    ),
    ...(here ? nodes : []).flatMap((node) => [
      entry(`/nodes/${node}?do=node-restart`, words.restart(node), icons.restart, also.restart),
      entry(`/nodes/${node}?do=node-reboot`, words.reboot(node), icons.shutdown, also.reboot),
      entry(`/nodes/${node}?do=node-reinit`, words.reinit(node), icons.reinit, also.reinit),
      entry(`/replace/${node}`, words.replace(node), icons.replace, also.replace),
      entry(`/nodes/${node}?do=node-remove`, words.remove(node), icons.remove, also.remove),
    ]),
  ]
}
