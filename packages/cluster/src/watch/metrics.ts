/**
 * What is measured of what. A stored sample is an array in the order of its kind's list, so the lists only ever grow at
 * their end: an older sample then simply lacks the newer measures.
 */
import { z } from 'zod'

/** `fraction` is 0–1, `flag` is 0 or 1; a rate is per second. */
export type Unit =
  | 'fraction'
  | 'flag'
  | 'count'
  | 'per-second'
  | 'bytes'
  | 'bytes-per-second'
  | 'seconds'
  | 'milliseconds'
  | 'celsius'
  | 'hertz'

const of = <const T extends Record<string, Unit>>(units: T): T => units

export const metrics = {
  /** The stack as a whole; node and name are empty. */
  cluster: of({
    writable: 'flag',
    siteUp: 'flag',
    nodesUp: 'count',
    votersHealthy: 'count',
    replicasStreaming: 'count',
    vipHolders: 'count',
    openAlerts: 'count',
  }),
  /** A Pi; name is empty. */
  node: of({
    cpu: 'fraction',
    iowait: 'fraction',
    load1: 'count',
    memoryUsed: 'fraction',
    memoryTotal: 'bytes',
    swapUsed: 'bytes',
    diskUsed: 'fraction',
    diskFree: 'bytes',
    diskRead: 'bytes-per-second',
    diskWrite: 'bytes-per-second',
    diskBusy: 'fraction',
    netIn: 'bytes-per-second',
    netOut: 'bytes-per-second',
    temperature: 'celsius',
    frequency: 'hertz',
    undervoltage: 'flag',
    throttled: 'flag',
    clockOffset: 'seconds',
    pendingUpgrades: 'count',
    cardErrors: 'count',
    cardWear: 'fraction',
    uptime: 'seconds',
    /** CPU that the watching itself takes on the Pi. */
    watchCpu: 'fraction',
    watchMemory: 'bytes',
    /** Question to answer, as the worker sees it. */
    roundTrip: 'milliseconds',
    /** It carries the virtual IP. */
    holdsVip: 'flag',
  }),
  /** PostgreSQL on a node; name is empty. */
  postgres: of({
    commits: 'per-second',
    rollbacks: 'per-second',
    rowsRead: 'per-second',
    rowsInserted: 'per-second',
    rowsUpdated: 'per-second',
    rowsDeleted: 'per-second',
    cacheHit: 'fraction',
    blocksRead: 'per-second',
    tempBytes: 'bytes-per-second',
    connections: 'count',
    maxConnections: 'count',
    active: 'count',
    idleInTransaction: 'count',
    waitingForLock: 'count',
    longestTransaction: 'seconds',
    locks: 'count',
    deadlocks: 'per-second',
    walRate: 'bytes-per-second',
    checkpointsTimed: 'per-second',
    checkpointsRequested: 'per-second',
    checkpointWrite: 'fraction',
    /** On a replica: how far it is behind the primary. */
    lagBytes: 'bytes',
    lagSeconds: 'seconds',
    /** WAL that the furthest-behind slot holds back. */
    slotRetained: 'bytes',
    databaseSize: 'bytes',
    /** Dead rows of all rows: a hint at bloat. */
    deadRows: 'fraction',
  }),
  /** Patroni's member on a node; name is empty. */
  patroni: of({
    primary: 'flag',
    running: 'flag',
    streaming: 'flag',
    timeline: 'count',
    lagBytes: 'bytes',
    paused: 'flag',
    sync: 'flag',
    pendingRestart: 'flag',
  }),
  /** etcd's member on a node; name is empty. */
  etcd: of({
    healthy: 'flag',
    leader: 'flag',
    term: 'count',
    leaderChanges: 'count',
    fsyncP99: 'seconds',
    commitP99: 'seconds',
    roundTripP99: 'seconds',
    databaseSize: 'bytes',
    proposalsPending: 'count',
    proposalsFailed: 'per-second',
  }),
  /** A frontend of HAProxy on a balancer; name is the frontend. */
  frontend: of({
    sessions: 'count',
    sessionRate: 'per-second',
    requestRate: 'per-second',
    bytesIn: 'bytes-per-second',
    bytesOut: 'bytes-per-second',
    responses2xx: 'per-second',
    responses3xx: 'per-second',
    responses4xx: 'per-second',
    responses5xx: 'per-second',
    requestErrors: 'per-second',
    denied: 'per-second',
  }),
  /** A backend of HAProxy on a balancer; name is the backend, `app-NAME` of an app. */
  backend: of({
    sessions: 'count',
    queue: 'count',
    sessionRate: 'per-second',
    bytesIn: 'bytes-per-second',
    bytesOut: 'bytes-per-second',
    responses2xx: 'per-second',
    responses3xx: 'per-second',
    responses4xx: 'per-second',
    responses5xx: 'per-second',
    responseTime: 'milliseconds',
    connectTime: 'milliseconds',
    queueTime: 'milliseconds',
    totalTime: 'milliseconds',
    serversUp: 'count',
    retries: 'per-second',
    redispatches: 'per-second',
    connectErrors: 'per-second',
    responseErrors: 'per-second',
    /** Of an app, from the request to the header of its answer: half of the requests, and 95 %, took less. */
    responseP50: 'milliseconds',
    responseP95: 'milliseconds',
  }),
  /** A server of a backend, as one balancer sees it; name is `backend/server`. */
  server: of({
    sessions: 'count',
    queue: 'count',
    sessionRate: 'per-second',
    bytesIn: 'bytes-per-second',
    bytesOut: 'bytes-per-second',
    responses2xx: 'per-second',
    responses3xx: 'per-second',
    responses4xx: 'per-second',
    responses5xx: 'per-second',
    responseTime: 'milliseconds',
    connectTime: 'milliseconds',
    queueTime: 'milliseconds',
    checkTime: 'milliseconds',
    up: 'flag',
    weight: 'count',
  }),
  /** An app on a node, all its processes and both slots together; name is the app. */
  app: of({
    memory: 'bytes',
    /** Of the process that is nearest to its limit; not measured where the kernel holds it to none. */
    memoryUse: 'fraction',
    processes: 'count',
    /** Since the last 10 minutes began. */
    restarts: 'count',
    memoryKills: 'count',
  }),
} as const

export const SubjectKind = z.enum(Object.keys(metrics) as [SubjectKind, ...SubjectKind[]])
export type SubjectKind = keyof typeof metrics
export type MetricName<K extends SubjectKind = SubjectKind> = K extends SubjectKind
  ? Extract<keyof (typeof metrics)[K], string>
  : never

/** Names of a kind's measures in the order of its samples. */
export function metricNames(kind: SubjectKind): readonly string[] {
  return Object.keys(metrics[kind])
}

export function unitOf(kind: SubjectKind, metric: string): Unit | undefined {
  const units: Record<string, Unit> = metrics[kind]
  return Object.hasOwn(units, metric) ? units[metric] : undefined
}

/** Who is measured. */
export interface Subject {
  kind: SubjectKind
  /** Name of the node; empty for the cluster. */
  node: string
  /** See `metrics`; empty where there is one a node. */
  name: string
}

/** The measures of one subject at one time; what is missing was not measured. */
export type Sample = {
  [K in SubjectKind]: Subject & { kind: K; values: Partial<Record<MetricName<K>, number>> }
}[SubjectKind]
