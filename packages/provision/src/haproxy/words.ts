/** What a switch says. */
import type { ServerSwitch, SwitchState } from '@bramble/cluster'

type At = Pick<ServerSwitch, 'backend' | 'server'>

export const titles = {
  set: (state: SwitchState, { backend, server }: At): string =>
    ({
      ready: `Set ${server} in ${backend} to ready`,
      drain: `Drain ${server} in ${backend}`,
      maint: `Set ${server} in ${backend} to maintenance`,
    })[state],
  wait: ({ server }: At) => `Wait until ${server} has no open sessions`,
}

export const sessionWords = (count: number): string => (count === 1 ? '1 session' : `${count} sessions`)

export function doneWords({ backend, server, state }: ServerSwitch): string {
  if (state === 'ready') return `${server} is in service in ${backend} again.`
  if (state === 'drain') return `${server} gets no new sessions in ${backend}.`
  return `${server} is in maintenance in ${backend}.`
}

/** Of a drain whose time is over. */
export function leftWords({ wait }: ServerSwitch, left: number): string {
  if (left === 0) return 'It has no open sessions.'
  const open = left === 1 ? '1 session is' : `${left} sessions are`
  return wait === 0 ? `${open} open.` : `${open} still open after ${wait} s: maintenance would close them.`
}

/** Of a server that is ready and not up. `check`: HAProxy's words. */
export function checkWords({ backend, server }: At, check: string): string {
  if (backend === 'web')
    return `Its health check fails (${check}), so it gets no sessions until the check passes: check the site on ${server}.`
  const role = backend === 'postgres-primary' ? 'the primary' : 'a replica in sync'
  return `It is not ${role}, so it gets no sessions here for now.`
}

export const awayWords = (balancer: string, touched: boolean): string =>
  touched ? `${balancer} stopped responding after the change:` : `${balancer} was not changed:`
