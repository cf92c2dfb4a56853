/** Words of the alerts page, its rules and its silences. */
import type { AlertLevel, RuleTopic } from '@bramble/cluster'

export const levelWords: Record<AlertLevel, string> = { critical: 'Critical', warning: 'Warning', info: 'Info' }

export const alerts = {
  title: 'Alerts',
  description: 'Open problems, most severe first, and how to fix them.',
  rules: 'Rules',
  notifications: 'Notifications',
  everyCluster: 'Every cluster',
  cluster: 'Cluster',
  openTitle: 'Open',
  /** Read out when it changes. */
  open: (count: number) => (count === 0 ? 'No open alerts' : count === 1 ? '1 open alert' : `${count} open alerts`),
  lost: 'Connection lost, reconnecting. This list may be out of date.',
  cure: 'What to do',
  since: 'since',
  times: (count: number) => `Recurring: ${count} times`,
  quiet: 'No open alerts',
  quietText: (rules: number) =>
    `${rules} rules check your clusters every 5 seconds. Alerts appear here and are sent to your notification channels.`,
  unwatched: 'No cluster is monitored yet',
  unwatchedText:
    'Bramble monitors a cluster once it is provisioned. Create a cluster and provision it; the rules start automatically.',
  toClusters: 'Go to clusters',
  nobody: 'No notifications set up',
  nobodyText: 'Alerts appear only on this page. Add a channel to get them on your phone or by email.',
  addChannel: 'Add channel',
  history: 'History',
  historyEmpty: 'No past alerts.',
  lasted: 'Lasted',
  pages: 'Pages',
  newest: 'Newest',
  older: 'Older',
} as const

export const silencing = {
  silence: 'Silence',
  of: (title: string) => `Silence “${title}”`,
  hours: (count: number) => (count === 1 ? 'For 1 hour' : `For ${count} hours`),
  day: 'For 1 day',
  until: 'Until …',
  label: 'Silence: no messages are sent',
  title: 'Silence',
  text: 'The alert stays on this page and in the history. No message is sent when it starts or when it is resolved.',
  scope: 'Scope',
  thisOne: (title: string, node: string | null) => (node ? `“${title}” on ${node}` : `“${title}”`),
  thisRule: (title: string) => `“${title}” on every node`,
  thisNode: (node: string) => `Everything on ${node}`,
  all: 'Everything in this cluster',
  end: 'Until',
  zone: (name: string) => `In your time zone, ${name}.`,
  reason: 'Reason',
  reasonHint: 'Visible to others, for example “new power supply ordered”.',
  cancel: 'Cancel',
  done: (until: string) => `Silenced until ${until}`,
  badge: 'Silenced until',
  active: 'Silences',
  everyRule: 'Every rule',
  onEveryNode: 'every node',
  stop: 'End now',
  stopOf: (what: string) => `End the silence of ${what}`,
  stopped: 'Silence ended. Messages are sent for alerts that are still open.',
  by: (who: string) => `by ${who}`,
  invalid: 'Invalid silence. Reload the page.',
} as const

export const topicWords: Record<RuleTopic, { title: string; text: string }> = {
  nodes: { title: 'Nodes', text: 'Each Pi, its services, clock, and certificate.' },
  quorum: { title: 'etcd quorum', text: 'Whether etcd has the majority that is needed to elect a primary.' },
  database: { title: 'Database', text: 'The primary, its replicas, and their performance.' },
  traffic: { title: 'Traffic', text: 'The path from the virtual IP to the site and the database.' },
  apps: { title: 'Apps', text: 'Your own projects: whether they answer, keep running, and run the newest release.' },
  board: { title: 'Board and card', text: 'Free space, temperature, power, and wear.' },
  bramble: { title: 'Bramble', text: 'Runs and monitoring.' },
}

export const ruleEditor = {
  title: 'Alert rules',
  description: (cluster: string) =>
    `When ${cluster} raises an alert. Values that you do not change follow Bramble’s defaults.`,
  back: 'Alerts',
  on: (title: string) => `“${title}” is on`,
  holds: 'After',
  holdsHint: 'How long the condition must last before the alert fires.',
  seconds: 's',
  changed: 'Changed',
  save: 'Save',
  saved: (title: string) => `“${title}” saved`,
  reset: 'Defaults',
  resetOf: (title: string) => `Reset “${title}” to the defaults`,
  wasReset: (title: string) => `“${title}” reset to the defaults`,
  standard: (value: string) => `Default ${value}`,
  lookOnly: 'Only administrators can change rules.',
  number: 'Enter a number.',
  invalid: 'Invalid rule. Reload the page.',
  noCluster: 'No cluster yet',
  noClusterText: 'Rules belong to a cluster. Create one first.',
  pageOnly: 'Shown on the pages only: it means that the worker, which sends messages, is not running.',
} as const
