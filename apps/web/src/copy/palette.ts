/** Words of the command palette and of the sheet of shortcuts. */
import type { RunStatus } from '@bramble/cluster'
import type { UserRole } from '@bramble/db'
import { statuses } from './runs.ts'

export const palette = {
  title: 'Go to a page or do something',
  open: 'Search',
  openHint: 'Search and commands',
  field: 'Where to, or what to do?',
  list: 'What there is',
  loading: 'Fetching clusters and runs…',
  failed: 'Clusters and runs could not be fetched.',
  again: 'Try again',
  none: 'Nothing fits. Try a part of a name: a cluster, a Pi, a page.',
  recent: 'Recent',
  keys: { move: 'to move', choose: 'to choose', close: 'to close' },
  groups: {
    actions: 'Do',
    clusters: 'Clusters and Pis',
    alerts: 'Open alerts',
    runs: 'Newest runs',
    pages: 'Pages',
    bramble: 'Bramble',
  },
  busy: 'A run is going on',
  plan: (cluster: string) => `Plan ${cluster}`,
  provision: (cluster: string) => `Provision ${cluster}…`,
  reprovision: (cluster: string) => `Reprovision ${cluster}…`,
  flash: (cluster: string) => `Flash cards for ${cluster}…`,
  silence: (title: string, of: string) => `Silence for 1 hour: ${title} (${of})`,
  silenced: 'Silenced for 1 hour',
  cluster: 'Cluster',
  postgres: 'PostgreSQL',
  haproxy: 'HAProxy',
  timeline: 'Timeline',
  drills: 'Drills',
  compare: 'Compare Pis',
  runHint: (cluster: string, status: RunStatus) => `${cluster} · ${statuses[status].label}`,
  newCluster: 'New cluster…',
  themes: { light: 'Light colours', dark: 'Dark colours', system: 'Colours as the system' },
  shortcuts: 'Keyboard shortcuts',
  signOut: 'Sign out',
  /** Other words under which a thing is sought. */
  also: {
    plan: ['dry run', 'diff', 'check'],
    provision: ['apply', 'install', 'deploy', 'build', 'converge'],
    flash: ['sd card', 'write', 'image', 'usb'],
    cluster: ['stack', 'overview'],
    node: ['pi', 'node', 'temperature', 'cpu'],
    postgres: ['database', 'sql', 'replication', 'lag', 'patroni'],
    haproxy: ['balancer', 'backend', 'drain', 'maintenance', 'sessions', 'vip'],
    drills: ['failover', 'chaos', 'outage', 'rehearsal'],
    timeline: ['history', 'events', 'failover'],
    silence: ['mute', 'snooze', 'quiet'],
    theme: ['theme', 'dark mode', 'appearance'],
    signOut: ['log out', 'logout', 'leave'],
  },
  pages: [
    { href: '/', title: 'Clusters', role: 'viewer', also: ['overview', 'home'] },
    { href: '/alerts', title: 'Alerts', role: 'viewer', also: ['problems', 'silence'] },
    { href: '/runs', title: 'Runs', role: 'viewer', also: ['jobs', 'log', 'search'] },
    { href: '/flash', title: 'Flash', role: 'viewer', also: ['sd card', 'reader'] },
    { href: '/images', title: 'Images', role: 'viewer', also: ['raspberry pi os', 'download'] },
    { href: '/audit', title: 'Audit', role: 'operator', also: ['who did what'] },
    { href: '/settings/account', title: 'Your account', role: 'viewer', also: ['password', 'sessions', 'two factor'] },
    { href: '/settings/people', title: 'People', role: 'admin', also: ['users', 'roles'] },
    { href: '/settings/tokens', title: 'API tokens', role: 'viewer', also: ['api', 'bearer', 'prometheus'] },
    { href: '/settings/notifications', title: 'Notifications', role: 'admin', also: ['ntfy', 'e-mail', 'webhook'] },
  ] satisfies { href: string; title: string; role: UserRole; also: string[] }[],
}

export const shortcuts = {
  title: 'Keyboard shortcuts',
  lead: 'They wait while you type in a field.',
  or: 'or',
  groups: [
    {
      name: 'Everywhere',
      keys: [
        {
          keys: [
            ['Ctrl', 'K'],
            ['⌘', 'K'],
          ],
          does: 'Go to a page or do something',
        },
        { keys: [['?']], does: 'This sheet' },
        { keys: [['Esc']], does: 'Close what is open' },
        { keys: [['Tab'], ['Shift', 'Tab']], does: 'Next and previous control' },
      ],
    },
    {
      name: 'Runs and logs',
      keys: [
        { keys: [['/']], does: 'Search, or find in the log' },
        { keys: [['n'], ['Shift', 'n']], does: 'Next match, match before' },
        { keys: [['Enter'], ['Shift', 'Enter']], does: 'The same while the search field is in use' },
        { keys: [['Esc']], does: 'Empty the search field' },
      ],
    },
  ],
}
