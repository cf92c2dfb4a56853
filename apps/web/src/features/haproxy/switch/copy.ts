/** Texts for taking an HAProxy server out of service and back. */
import type { ServerState, SwitchState } from '@bramble/cluster'

type Status = ServerState['status']

export const serverSwitch = {
  menu: (server: string, backend: string) => `Actions for ${server} in ${backend}`,
  states: {
    ready: { label: 'Ready', does: 'Its health checks decide whether it gets sessions.' },
    drain: { label: 'Drain', does: 'No new sessions; open ones can finish.' },
    maint: { label: 'Maintenance', does: 'No sessions and no health checks until it is ready again.' },
  } satisfies Record<SwitchState, { label: string; does: string }>,
  /** Why a state cannot be chosen now. */
  already: {
    ready: 'Already in service.',
    drain: 'Already drained.',
    maint: 'Already in maintenance.',
  } satisfies Record<SwitchState, string>,
  viewer: 'Your role is read-only. An operator can do this.',
  title: (state: SwitchState, server: string, backend: string) =>
    ({
      ready: `Return ${server} to ${backend}?`,
      drain: `Drain ${server} in ${backend}?`,
      maint: `Take ${server} out of ${backend}?`,
    })[state],
  /** What happens, one sentence a line. */
  consequences: (state: SwitchState, status: Status, server: string, backend: string): string[] => [
    ...(state === 'ready'
      ? [
          `Every load balancer sends sessions to ${server} again as soon as its health checks pass.`,
          ...(status === 'down' ? ['Its health checks fail now, so it gets no sessions until they pass.'] : []),
        ]
      : state === 'drain'
        ? [
            `Every load balancer stops sending new sessions to ${server}. Open sessions continue, and no request is lost.`,
            'Its health checks continue. It stays drained until you make it ready again, also when HAProxy reloads or a Pi restarts.',
          ]
        : [
            `Every load balancer first drains ${server}, then stops checking it.`,
            'Sessions that are still open after the time below are closed. It stays in maintenance until you make it ready again, also when HAProxy reloads or a Pi restarts.',
          ]),
    ...(state !== 'ready' && backend === 'postgres-primary' && status !== 'up'
      ? [`If ${server} becomes the primary meanwhile, port 5000 does not accept connections.`]
      : []),
  ],
  wait: 'Wait for open sessions',
  waitHint: {
    drain: 'The run shows how many are left. Canceling it restores the previous state of the server.',
    maint: 'The run shows how many are left. Sessions that are still open afterwards are closed.',
  },
  waits: [
    { seconds: 0, label: 'Not at all' },
    { seconds: 30, label: 'At most 30 s' },
    { seconds: 300, label: 'At most 5 min' },
    { seconds: 900, label: 'At most 15 min' },
    { seconds: 3600, label: 'At most 1 h' },
  ],
  typed: (server: string) => `Type ${server} to confirm`,
  keep: 'Cancel',
  confirm: { ready: 'Make ready', drain: 'Drain server', maint: 'Start maintenance' } satisfies Record<
    SwitchState,
    string
  >,
  begun: (state: SwitchState, server: string) =>
    ({
      ready: `${server} goes back into service`,
      drain: `${server} is being drained`,
      maint: `${server} goes into maintenance`,
    })[state],
  watch: 'Watch the run',
  invalid: 'Invalid input.',
  invalidCure: 'Reload the page.',
}
