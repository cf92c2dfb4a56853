/** What an alert can be about, how long it must hold before anybody is told, and from which value on. Docs: alerts.md. */
import { z } from 'zod'
import type { Unit } from './metrics.ts'

export const AlertLevel = z.enum(['critical', 'warning', 'info'])
export type AlertLevel = z.infer<typeof AlertLevel>

export interface Threshold {
  label: string
  unit: Unit
  value: number
  /** Bounds of what a person may set. */
  least: number
  most: number
}

/** What must be seen of a node to know whether the rule holds there; `cluster`: what all states mean together. */
export type Sight = 'machine' | 'patroni' | 'postgres' | 'etcd' | 'haproxy' | 'web' | 'cluster'

export interface Rule {
  title: string
  /** The level it starts with; some rise with their value. */
  level: AlertLevel
  /** Seconds that it must hold before it fires. */
  holds: number
  sees: Sight
  /** One sentence for the rules page. */
  means: string
  thresholds: Readonly<Record<string, Threshold>>
}

const MB = 1e6
const TB = 1e12
const fraction = (label: string, value: number): Threshold => ({ label, unit: 'fraction', value, least: 0.01, most: 1 })
const none = {} as const

export const rules = {
  'node-down': {
    title: 'Node down',
    level: 'critical',
    holds: 30,
    sees: 'cluster',
    means: 'A Pi does not answer over SSH: it has no power, no network, or hangs.',
    thresholds: none,
  },
  'no-primary': {
    title: 'No primary',
    level: 'critical',
    holds: 45,
    sees: 'cluster',
    means: 'No copy of the database is the primary, so nothing can be written; a failover is over before this fires.',
    thresholds: none,
  },
  'read-only': {
    title: 'Database read-only',
    level: 'critical',
    holds: 30,
    sees: 'cluster',
    means: 'PostgreSQL answers questions and refuses every write.',
    thresholds: none,
  },
  'quorum-lost': {
    title: 'Quorum lost',
    level: 'critical',
    holds: 15,
    sees: 'cluster',
    means: 'Fewer etcd voters agree than are needed: no primary can be elected.',
    thresholds: none,
  },
  'quorum-at-risk': {
    title: 'Quorum at risk',
    level: 'warning',
    holds: 30,
    sees: 'cluster',
    means: 'One more etcd voter lost, and no primary can be elected.',
    thresholds: none,
  },
  'etcd-alarm': {
    title: 'etcd raised an alarm',
    level: 'critical',
    holds: 15,
    sees: 'etcd',
    means: 'etcd itself says that its store is full or damaged; it then refuses writes.',
    thresholds: none,
  },
  'vip-nowhere': {
    title: 'Virtual IP on nobody',
    level: 'critical',
    holds: 15,
    sees: 'cluster',
    means: 'No balancer carries the virtual IP: the cluster cannot be reached at its address.',
    thresholds: none,
  },
  'vip-twice': {
    title: 'Virtual IP on two nodes',
    level: 'critical',
    holds: 15,
    sees: 'cluster',
    means: 'Two nodes claim the virtual IP at once, and visitors reach one or the other by chance.',
    thresholds: none,
  },
  'backend-down': {
    title: 'Backend without a server',
    level: 'critical',
    holds: 15,
    sees: 'haproxy',
    means: 'HAProxy has no server left for the site or for the database.',
    thresholds: none,
  },
  'server-down': {
    title: 'Server down',
    level: 'warning',
    holds: 30,
    sees: 'cluster',
    means: 'HAProxy left one server out because it fails its health check; the others serve.',
    thresholds: none,
  },
  'site-errors': {
    title: 'Site answers with errors',
    level: 'warning',
    holds: 30,
    sees: 'haproxy',
    means: 'Of the answers of the site, many are errors of the server (5xx).',
    thresholds: {
      share: fraction('Share of all answers', 0.05),
      rate: { label: 'And at least', unit: 'per-second', value: 0.2, least: 0, most: 1000 },
    },
  },
  'replica-missing': {
    title: 'Replica missing',
    level: 'warning',
    holds: 90,
    sees: 'cluster',
    means: 'A node should carry a copy of the database and does not follow the primary.',
    thresholds: none,
  },
  'replica-lag': {
    title: 'Replica lags',
    level: 'warning',
    holds: 60,
    sees: 'cluster',
    means: 'A replica is behind: it may serve old rows, and cannot become the primary without losing the newest.',
    thresholds: {
      bytes: { label: 'Behind by', unit: 'bytes', value: 16 * MB, least: 0.1 * MB, most: TB },
      seconds: { label: 'Or by', unit: 'seconds', value: 60, least: 1, most: 86_400 },
    },
  },
  'failover-paused': {
    title: 'Failover is paused',
    level: 'warning',
    holds: 600,
    sees: 'patroni',
    means: 'Patroni was told to leave everything as it is: if the primary dies, nobody takes over.',
    thresholds: none,
  },
  'slot-retains-wal': {
    title: 'Slot holds WAL back',
    level: 'warning',
    holds: 60,
    sees: 'postgres',
    means: 'PostgreSQL keeps its journal for somebody who does not fetch it, and the disk fills.',
    thresholds: {
      bytes: { label: 'Held back', unit: 'bytes', value: 500 * MB, least: MB, most: TB },
    },
  },
  'connections-near-max': {
    title: 'Connections nearly used up',
    level: 'warning',
    holds: 30,
    sees: 'postgres',
    means: 'PostgreSQL refuses clients when all its connections are taken.',
    thresholds: { warning: fraction('Warning from', 0.85), critical: fraction('Critical from', 0.95) },
  },
  'long-transaction': {
    title: 'Long transaction',
    level: 'warning',
    holds: 0,
    sees: 'postgres',
    means: 'A transaction is open for long: dead rows cannot be cleaned up, and its locks make others wait.',
    thresholds: { seconds: { label: 'Open for', unit: 'seconds', value: 900, least: 5, most: 7 * 86_400 } },
  },
  'disk-full': {
    title: 'Disk fills up',
    level: 'warning',
    holds: 30,
    sees: 'machine',
    means: 'PostgreSQL and etcd stop when the disk is full.',
    thresholds: { warning: fraction('Warning from', 0.85), critical: fraction('Critical from', 0.95) },
  },
  memory: {
    title: 'Memory is short',
    level: 'warning',
    holds: 120,
    sees: 'machine',
    means: 'The node runs out of RAM, or swaps so much that it waits for its card.',
    thresholds: { used: fraction('RAM in use', 0.92), swap: fraction('Or swapped out, of the RAM', 0.4) },
  },
  temperature: {
    title: 'Too hot',
    level: 'warning',
    holds: 30,
    sees: 'machine',
    means: 'A Pi slows itself down from 80 °C on, and more from 85 °C.',
    thresholds: {
      warning: { label: 'Warning from', unit: 'celsius', value: 80, least: 30, most: 110 },
      critical: { label: 'Critical from', unit: 'celsius', value: 85, least: 30, most: 110 },
    },
  },
  undervoltage: {
    title: 'Undervoltage',
    level: 'warning',
    holds: 10,
    sees: 'machine',
    means: 'The supply gives less than 4.63 V: cards get damaged and Pis restart.',
    thresholds: none,
  },
  throttled: {
    title: 'Slowed down',
    level: 'warning',
    holds: 30,
    sees: 'machine',
    means: 'The board slows its processor down, because of heat or of its power supply.',
    thresholds: none,
  },
  'card-errors': {
    title: 'Card has errors',
    level: 'warning',
    holds: 0,
    sees: 'machine',
    means: 'The kernel counted errors on the card or disk that the system runs from.',
    thresholds: {
      warning: { label: 'Warning from', unit: 'count', value: 1, least: 1, most: 1e6 },
      critical: { label: 'Critical from', unit: 'count', value: 20, least: 1, most: 1e6 },
    },
  },
  'card-read-only': {
    title: 'Card went read-only',
    level: 'critical',
    holds: 0,
    sees: 'machine',
    means: 'After errors the kernel lets nothing be written to the card any more.',
    thresholds: none,
  },
  'card-worn': {
    title: 'Card worn out',
    level: 'warning',
    holds: 0,
    sees: 'machine',
    means: 'The card or disk tells that most of its life is used up.',
    thresholds: { warning: fraction('Warning from', 0.8), critical: fraction('Critical from', 0.95) },
  },
  'clock-off': {
    title: 'Clock is off',
    level: 'warning',
    holds: 60,
    sees: 'machine',
    means: 'Certificates, leases and logs of the nodes need clocks that agree.',
    thresholds: {
      warning: { label: 'Warning from', unit: 'seconds', value: 1, least: 0.05, most: 86_400 },
      critical: { label: 'Critical from', unit: 'seconds', value: 30, least: 0.05, most: 86_400 },
    },
  },
  'certificate-ending': {
    title: 'Certificate ends soon',
    level: 'warning',
    holds: 0,
    sees: 'machine',
    means: 'Without a valid certificate, the nodes stop talking to each other.',
    thresholds: {
      warning: {
        label: 'Warning before the end',
        unit: 'seconds',
        value: 30 * 86_400,
        least: 86_400,
        most: 365 * 86_400,
      },
      critical: {
        label: 'Critical before the end',
        unit: 'seconds',
        value: 7 * 86_400,
        least: 86_400,
        most: 365 * 86_400,
      },
    },
  },
  'unit-failed': {
    title: 'Service does not run',
    level: 'warning',
    holds: 45,
    sees: 'machine',
    means: 'A service of the node has failed, was stopped, keeps restarting, or does not answer.',
    thresholds: none,
  },
  'reboot-required': {
    title: 'Reboot required',
    level: 'info',
    holds: 0,
    sees: 'machine',
    means: 'Updates were installed that work only after a reboot.',
    thresholds: none,
  },
  'upgrades-pending': {
    title: 'Updates wait',
    level: 'info',
    holds: 0,
    sees: 'machine',
    means: 'Debian has newer packages for the node.',
    thresholds: { packages: { label: 'From', unit: 'count', value: 1, least: 1, most: 10_000 } },
  },
  'backup-too-old': {
    title: 'Backup too old',
    level: 'warning',
    holds: 600,
    sees: 'cluster',
    means: 'The last good backup is older than the schedule allows, or the repository or the archiving to it fails.',
    thresholds: none,
  },
  'run-failed': {
    title: 'Run failed',
    level: 'warning',
    holds: 0,
    sees: 'cluster',
    means: 'The last run that was to change the cluster did not reach its end.',
    thresholds: none,
  },
  'watching-stopped': {
    title: 'Nobody is watching',
    level: 'critical',
    holds: 0,
    sees: 'cluster',
    means: 'No worker has looked at the cluster, so no alert can come: it is shown on the pages only.',
    thresholds: { seconds: { label: 'Last look older than', unit: 'seconds', value: 30, least: 15, most: 3600 } },
  },
} as const satisfies Record<string, Rule>

export type RuleName = keyof typeof rules
export const ruleNames = Object.keys(rules) as [RuleName, ...RuleName[]]
export const RuleName = z.enum(ruleNames)
export type ThresholdName<R extends RuleName> = Extract<keyof (typeof rules)[R]['thresholds'], string>

export const ruleOf = (name: RuleName): Rule => rules[name]
