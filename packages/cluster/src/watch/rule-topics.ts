/** The rules by what they watch, as the rules page and the docs list them. */
import type { RuleName } from './rules.ts'

export const ruleTopics = {
  nodes: ['node-down', 'unit-failed', 'clock-off', 'certificate-ending', 'reboot-required', 'upgrades-pending'],
  quorum: ['quorum-lost', 'quorum-at-risk', 'etcd-alarm'],
  database: [
    'no-primary',
    'read-only',
    'replica-missing',
    'replica-lag',
    'failover-paused',
    'slot-retains-wal',
    'connections-near-max',
    'long-transaction',
    'backup-too-old',
  ],
  traffic: ['vip-nowhere', 'vip-twice', 'backend-down', 'server-down', 'site-errors'],
  board: [
    'disk-full',
    'card-errors',
    'card-read-only',
    'card-worn',
    'memory',
    'temperature',
    'undervoltage',
    'throttled',
  ],
  bramble: ['run-failed', 'watching-stopped'],
} as const satisfies Record<string, readonly RuleName[]>

export type RuleTopic = keyof typeof ruleTopics
