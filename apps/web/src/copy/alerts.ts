/** Words of the alerts page, its rules and its silences. */
import type { AlertLevel, RuleTopic } from '@bramble/cluster'

export const levelWords: Record<AlertLevel, string> = { critical: 'Critical', warning: 'Warning', info: 'Hint' }

export const alerts = {
  title: 'Alerts',
  description: 'What is wrong, gravest first, with what to do about it.',
  rules: 'Rules',
  notifications: 'Notifications',
  everyCluster: 'Every cluster',
  cluster: 'Cluster',
  openTitle: 'Open',
  /** Read out when it changes. */
  open: (count: number) => (count === 0 ? 'No open alert' : count === 1 ? '1 open alert' : `${count} open alerts`),
  lost: 'Connection lost, trying again: this list may be old.',
  cure: 'What to do',
  since: 'since',
  times: (count: number) => `Comes and goes: ${count} times`,
  quiet: 'All is well',
  quietText: (rules: number) =>
    `${rules} rules look at your clusters every 5 seconds. What they find stands here, and is sent to whom you choose.`,
  unwatched: 'Nothing is watched yet',
  unwatchedText:
    'Alerts come from looking at the Pis of a cluster that was provisioned. Make a cluster, provision it, and the rules begin by themselves.',
  toClusters: 'To the clusters',
  nobody: 'Nobody is told yet',
  nobodyText: 'Alerts stand on this page only. Add a channel, and they reach your phone or mailbox.',
  addChannel: 'Add a channel',
  history: 'Earlier',
  historyEmpty: 'No alert has come and gone yet.',
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
  label: 'Silence, no message is sent',
  title: 'Silence',
  text: 'The alert stays on this page and in the history. Nobody gets a message, neither that it began nor that it is over.',
  scope: 'What',
  thisOne: (title: string, node: string | null) => (node ? `“${title}” on ${node}` : `“${title}”`),
  thisRule: (title: string) => `“${title}” on every node`,
  thisNode: (node: string) => `Everything on ${node}`,
  all: 'Everything in this cluster',
  end: 'Until',
  zone: (name: string) => `In your time zone, ${name}.`,
  reason: 'Why',
  reasonHint: 'Others see it: “new power supply is on its way”.',
  cancel: 'Cancel',
  done: (until: string) => `Silenced until ${until}`,
  badge: 'Silenced until',
  active: 'Silences',
  everyRule: 'Every rule',
  onEveryNode: 'every node',
  stop: 'End now',
  stopOf: (what: string) => `End the silence of ${what}`,
  stopped: 'Silence ended: what is still open is told now.',
  by: (who: string) => `by ${who}`,
  invalid: 'This silence cannot be read.',
} as const

export const topicWords: Record<RuleTopic, { title: string; text: string }> = {
  nodes: { title: 'Nodes', text: 'Each Pi, its services, clock and certificate.' },
  quorum: { title: 'Vote', text: 'etcd: may anybody decide who is primary?' },
  database: { title: 'Database', text: 'The primary, its replicas, and what slows them.' },
  traffic: { title: 'Traffic', text: 'The way from the virtual IP to the site and the database.' },
  board: { title: 'Board and card', text: 'Room, heat, power, wear.' },
  bramble: { title: 'Bramble itself', text: 'Its runs, and the watching.' },
}

export const ruleEditor = {
  title: 'Alert rules',
  description: (cluster: string) => `When ${cluster} raises an alert. What you leave alone follows Bramble’s defaults.`,
  back: 'Alerts',
  on: (title: string) => `“${title}” is on`,
  holds: 'After',
  holdsHint: 'It must last so long before it fires.',
  seconds: 's',
  changed: 'Changed',
  save: 'Save',
  saved: (title: string) => `“${title}” saved`,
  reset: 'Defaults',
  resetOf: (title: string) => `“${title}”: back to the defaults`,
  wasReset: (title: string) => `“${title}” follows the defaults again`,
  standard: (value: string) => `Default ${value}`,
  lookOnly: 'Administrators change rules.',
  number: 'Give a number.',
  invalid: 'This rule cannot be read. Load the page again.',
  noCluster: 'There is no cluster yet',
  noClusterText: 'Rules belong to a cluster. Make one first.',
  pageOnly: 'Shown on the pages only: whoever could send it is away.',
} as const
