/** What a switch says. */
import type { ServerSwitch, SwitchState } from '@bramble/cluster'

type At = Pick<ServerSwitch, 'backend' | 'server'>

export const titles = {
  set: (state: SwitchState, { backend, server }: At): string =>
    ({
      ready: `Put ${server} back into ${backend}`,
      drain: `Drain ${server} in ${backend}`,
      maint: `Put ${server} of ${backend} into maintenance`,
    })[state],
  wait: ({ server }: At) => `Wait until ${server} serves no session`,
}

export const sessionWords = (count: number): string => (count === 1 ? '1 session' : `${count} sessions`)

export function doneWords({ backend, server, state }: ServerSwitch): string {
  if (state === 'ready') return `${server} is in service in ${backend} again.`
  if (state === 'drain') return `${server} gets no new sessions in ${backend}.`
  return `${server} is in maintenance in ${backend}.`
}

/** Of a drain whose time is over. */
export function leftWords({ wait }: ServerSwitch, left: number): string {
  if (left === 0) return 'It serves none any more.'
  const open = left === 1 ? '1 session is' : `${left} sessions are`
  return wait === 0 ? `${open} open.` : `${open} still open after ${wait} s: maintenance would cut them.`
}

/** Of a server that is ready and not up. `check`: HAProxy's words. */
export function checkWords({ backend, server }: At, check: string): string {
  if (backend === 'web')
    return `Its check fails (${check}), so it gets no sessions until it succeeds: look at the site on ${server}.`
  const role = backend === 'postgres-primary' ? 'the primary' : 'a replica in step'
  return `It is not ${role} now, so it gets no sessions here until it is.`
}

export const awayWords = (balancer: string, touched: boolean): string =>
  touched ? `${balancer} was told, and does not answer any more:` : `${balancer} was not told:`
