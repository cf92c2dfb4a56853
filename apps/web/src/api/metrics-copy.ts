/** Words of /metrics, which Grafana shows beside the names. */
import type { SubjectKind, Unit } from '@bramble/cluster'

const of: Record<SubjectKind, string> = {
  cluster: 'of the cluster',
  node: 'of a node',
  postgres: 'of PostgreSQL on a node',
  patroni: 'of the Patroni member on a node',
  etcd: 'of the etcd member on a node',
  frontend: 'of a frontend of HAProxy',
  backend: 'of a backend of HAProxy',
  server: 'of a backend server, as one load balancer sees it',
  app: 'of an app on a node',
}

const units: Record<Unit, string> = {
  fraction: 'ratio from 0 to 1',
  flag: '1 yes, 0 no',
  count: 'number',
  'per-second': 'per second',
  bytes: 'bytes',
  'bytes-per-second': 'bytes per second',
  seconds: 'seconds',
  milliseconds: 'seconds',
  celsius: 'degrees Celsius',
  hertz: 'hertz',
}

/** `Cache hit of PostgreSQL on a node (ratio from 0 to 1).` */
export function metricHelp(kind: SubjectKind, metric: string, unit: Unit): string {
  const words = metric.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
  const title = words.startsWith('cpu')
    ? words.replace('cpu', 'CPU')
    : `${words.charAt(0).toUpperCase()}${words.slice(1)}`
  return `${title} ${of[kind]} (${units[unit]}).`
}

export const watchHelp = {
  age: 'Time since the newest sample of a node of the cluster (seconds).',
  up: 'The node was reachable at the last sample (1 yes, 0 no).',
}
