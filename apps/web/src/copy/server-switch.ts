/** Words for taking a server of HAProxy out of service and back. */
import type { ServerState, SwitchState } from '@bramble/cluster'

type Status = ServerState['status']

export const serverSwitch = {
  menu: (server: string, backend: string) => `Actions for ${server} in ${backend}`,
  states: {
    ready: { label: 'Ready', does: 'Its checks decide again whether it gets sessions.' },
    drain: { label: 'Drain', does: 'No new sessions; open ones may end by themselves.' },
    maint: { label: 'Maintenance', does: 'No sessions and no checks, until it is ready again.' },
  } satisfies Record<SwitchState, { label: string; does: string }>,
  /** Why a state cannot be chosen now. */
  already: {
    ready: 'It is in service already.',
    drain: 'It is drained already.',
    maint: 'It is in maintenance already.',
  } satisfies Record<SwitchState, string>,
  viewer: 'Your role may only look. An operator can do this.',
  title: (state: SwitchState, server: string, backend: string) =>
    ({
      ready: `Put ${server} back into ${backend}?`,
      drain: `Drain ${server} in ${backend}?`,
      maint: `Take ${server} out of ${backend}?`,
    })[state],
  /** What will happen, one sentence a line. */
  consequences: (state: SwitchState, status: Status, server: string, backend: string): string[] => [
    ...(state === 'ready'
      ? [
          `Every balancer sends sessions to ${server} again as soon as its checks succeed.`,
          ...(status === 'down'
            ? ['Its checks fail at present, so it stays without sessions until they succeed.']
            : []),
        ]
      : state === 'drain'
        ? [
            `Every balancer stops sending new sessions to ${server}. Open ones go on, and no request is lost.`,
            'Its checks go on. It stays drained until somebody makes it ready, also when HAProxy is reloaded or a Pi restarts.',
          ]
        : [
            `Every balancer first drains ${server}, then stops checking it.`,
            'Sessions that are still open after the time below are cut. It stays in maintenance until somebody makes it ready, also when HAProxy is reloaded or a Pi restarts.',
          ]),
    ...(state !== 'ready' && backend === 'postgres-primary' && status !== 'up'
      ? [`Should ${server} become the primary meanwhile, port 5000 leads nowhere.`]
      : []),
  ],
  wait: 'Wait for open sessions',
  waitHint: {
    drain: 'The run shows how many are left. Cancelling it puts the server back as it was.',
    maint: 'The run shows how many are left. What is still open afterwards is cut.',
  },
  waits: [
    { seconds: 0, label: 'Not at all' },
    { seconds: 30, label: 'At most 30 s' },
    { seconds: 300, label: 'At most 5 min' },
    { seconds: 900, label: 'At most 15 min' },
    { seconds: 3600, label: 'At most 1 h' },
  ],
  typed: (server: string) => `Type ${server} to confirm`,
  keep: 'Leave it',
  confirm: { ready: 'Make it ready', drain: 'Drain', maint: 'Start maintenance' } satisfies Record<SwitchState, string>,
  begun: (state: SwitchState, server: string) =>
    ({
      ready: `${server} goes back into service`,
      drain: `${server} is being drained`,
      maint: `${server} goes into maintenance`,
    })[state],
  watch: 'Watch the run',
  invalid: 'This could not be read.',
  invalidCure: 'Load the page again.',
}
