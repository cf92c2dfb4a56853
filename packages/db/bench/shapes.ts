/** How high each measure goes, roughly: enough for a chart to look like one. */
import { type SubjectKind, type Unit, unitOf } from '@bramble/cluster'

/** Lowest and highest; the same twice for what does not move. */
export type Shape = readonly [low: number, high: number]

const byUnit: Record<Unit, Shape> = {
  fraction: [0.02, 0.4],
  flag: [0, 0],
  count: [0, 8],
  'per-second': [0, 60],
  bytes: [1e6, 5e7],
  'bytes-per-second': [2e3, 3e6],
  seconds: [0.001, 0.02],
  milliseconds: [1, 40],
  celsius: [41, 68],
  hertz: [1.5e9, 1.5e9],
}

const own: { [K in SubjectKind]?: Record<string, Shape> } = {
  cluster: {
    ...{ writable: [1, 1], siteUp: [1, 1], nodesUp: [10, 10], votersHealthy: [5, 5], replicasStreaming: [2, 2] },
    ...{ vipHolders: [1, 1], openAlerts: [0, 0] },
  },
  node: {
    ...{
      cpu: [0.03, 0.8],
      iowait: [0, 0.12],
      load1: [0.1, 3.6],
      memoryUsed: [0.36, 0.7],
      memoryTotal: [2 ** 32, 2 ** 32],
    },
    ...{ diskUsed: [0.31, 0.33], diskFree: [1.98e10, 2.02e10], clockOffset: [-0.004, 0.004], pendingUpgrades: [3, 3] },
    ...{
      cardErrors: [0, 0],
      cardWear: [0.1, 0.1],
      uptime: [4e5, 4e5],
      watchCpu: [0.002, 0.01],
      watchMemory: [5e6, 9e6],
    },
  },
  postgres: {
    ...{
      cacheHit: [0.96, 1],
      maxConnections: [40, 40],
      connections: [6, 34],
      idleInTransaction: [0, 2],
      locks: [2, 90],
    },
    ...{ waitingForLock: [0, 1], deadlocks: [0, 0.01], longestTransaction: [0.01, 4], rowsRead: [200, 9e3] },
    ...{ databaseSize: [8.1e8, 8.4e8], deadRows: [0.01, 0.12], slotRetained: [0, 3e7], rollbacks: [0, 2] },
  },
  patroni: { primary: [0, 0], running: [1, 1], streaming: [1, 1], timeline: [4, 4], lagBytes: [0, 2e5] },
  etcd: { healthy: [1, 1], term: [3, 3], leaderChanges: [2, 2], proposalsPending: [0, 2], proposalsFailed: [0, 0.01] },
  frontend: { responses4xx: [0, 2], responses5xx: [0, 0.2], requestErrors: [0, 0.1], denied: [0, 0.1] },
  backend: { responses4xx: [0, 2], responses5xx: [0, 0.2], queue: [0, 1], serversUp: [3, 3], retries: [0, 0.2] },
  server: { responses4xx: [0, 2], responses5xx: [0, 0.2], queue: [0, 1], up: [1, 1], weight: [1, 1] },
}

export function shapeOf(kind: SubjectKind, metric: string): Shape {
  return own[kind]?.[metric] ?? byUnit[unitOf(kind, metric)!]
}
