/** What etcd holds about an app. */
import {
  AppCommand,
  AppKind,
  AppName,
  CronJob,
  Domain,
  HealthCheck,
  healthTimeout,
  NodeName,
  ProcessName,
} from '@bramble/cluster'
import { z } from 'zod'

export const Slot = z.enum(['a', 'b'])
export type Slot = z.infer<typeof Slot>

const Digest = z.string().regex(/^[0-9a-f]{64}$/)

/** Everything that a node needs to run a release, but its files and the values of its environment. */
export const ServingRecord = z.strictObject({
  app: AppName,
  /** Counts the deploys and rollbacks of the app. */
  generation: z.int().min(1),
  release: Digest,
  /** SHA-256 of the environment file, in hex: it names the file. */
  environment: Digest,
  slot: Slot,
  kind: AppKind,
  /** Of slot a; that of slot b is the next one. */
  port: z.int(),
  processes: z.record(ProcessName, AppCommand),
  /** Folder of a static app that is served. */
  folder: z.string().nullable(),
  health: HealthCheck.extend({ timeout: HealthCheck.shape.timeout.unwrap().default(healthTimeout) }),
  domains: z.array(Domain),
  nodes: z.array(NodeName).min(1),
  /** MB of each process; null: by the node's memory. */
  memory: z.int().nullable(),
  /** Run once in the cluster each time. */
  cron: z.array(CronJob).default([]),
})
export type ServingRecord = z.infer<typeof ServingRecord>

export const Availability = z.strictObject({
  /** `maintenance`: it runs, and visitors get the maintenance page. */
  state: z.enum(['stopped', 'maintenance']),
  since: z.iso.datetime(),
})
export type Availability = z.infer<typeof Availability>

/** How a scheduled command ended; `lost`: its node stopped meanwhile. */
export const cronStates = ['running', 'succeeded', 'failed', 'timeout', 'lost'] as const

const CronRun = z.object({
  /** The minute whose turn it was. */
  at: z.iso.datetime(),
  node: NodeName,
  state: z.enum(cronStates),
  started: z.iso.datetime(),
  ended: z.iso.datetime().nullable(),
  code: z.int().nullable(),
  /** The last ones of its log. */
  lines: z.string().nullable(),
})

/** The newest run of a scheduled command, and those before it, newest first. */
export const CronRecord = CronRun.extend({ runs: z.array(CronRun).default([]) })
export type CronRecord = z.infer<typeof CronRecord>

export const deployPhases = ['copying', 'release-command', 'starting', 'switching'] as const

export const NextRecord = ServingRecord.extend({
  deploy: z.uuid(),
  phase: z.enum(deployPhases),
  since: z.iso.datetime(),
})
export type NextRecord = z.infer<typeof NextRecord>

export const slotStates = ['starting', 'ready', 'failed', 'missing', 'draining'] as const

/** What a slot of an app is on one node. */
export const SlotReport = z.object({
  release: Digest,
  environment: Digest,
  generation: z.int(),
  /** `missing`: the node does not have the files of the release or its environment. */
  state: z.enum(slotStates),
  /** For people: why it failed, or the last lines of its log. */
  message: z.string().nullable(),
  restarts: z.int(),
})
export type SlotReport = z.infer<typeof SlotReport>

/** What a node says of itself, under a lease of 60 s and only when it changed: that of a dead node is gone. */
export const NodeReport = z.object({
  at: z.iso.datetime(),
  /** By `<app>/<slot>`. */
  slots: z.record(z.string(), SlotReport),
  /** App to the generation that HAProxy sends requests to. Null: the node is no balancer, or its HAProxy does not answer. */
  balancer: z.record(AppName, z.int()).nullable(),
  /** Whether the kernel holds apps to their memory. */
  memoryEnforced: z.boolean(),
})
export type NodeReport = z.infer<typeof NodeReport>

/** Keys in etcd. */
export const appsPrefix = 'bramble/apps/'
export const nodesPrefix = 'bramble/app-nodes/'
/**
 * Written when an app is removed, deleted by its next deploy. An app whose records are gone without it was not removed: etcd lost
 * them, and what serves continues.
 */
export const removedKey = (app: string): string => `bramble/app-removed/${app}`
export const keysOf = (app: string) => ({
  serving: `${appsPrefix}${app}/serving`,
  next: `${appsPrefix}${app}/next`,
  claim: `${appsPrefix}${app}/claim`,
  availability: `${appsPrefix}${app}/availability`,
  cron: (job: string) => `${appsPrefix}${app}/cron/${job}`,
  command: (release: string) => `${appsPrefix}${app}/command/${release}`,
})
export const reportKey = (node: string): string => `${nodesPrefix}${node}`

/** Ports of apps on every web node: two for each app, slot a on the even one. */
export const appPorts = { first: 20_000, last: 20_199 } as const

/** The lowest free pair. Null: all are taken. */
export function freePort(taken: readonly number[]): number | null {
  for (let port = appPorts.first; port < appPorts.last; port += 2) if (!taken.includes(port)) return port
  return null
}

export const portOf = ({ port }: Pick<ServingRecord, 'port'>, slot: Slot): number => (slot === 'a' ? port : port + 1)
