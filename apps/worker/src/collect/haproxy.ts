/** HAProxy's `show info` and `show stat`: who gets traffic, how much, and who is left out and why. */
import {
  appOfBackend,
  type HaproxyState,
  responseTimeBounds,
  responseTimeQuantile,
  type Sample,
  type ServerState,
  serverStatus,
} from '@bramble/cluster'
import { z } from 'zod'
import { type Asked, flag, measured, type Rate, rates } from './reading.ts'

export const Haproxy = z.object({
  version: z.string().max(100),
  /** Seconds. */
  uptime: z.number(),
  /** Names of the columns; the rows follow them. */
  columns: z.array(z.string()).max(100),
  rows: z.array(z.array(z.string().max(1_000))).max(1_000),
  /** `backend/server`: drained by a person's word, whatever its checks say. */
  drained: z.array(z.string().max(300)).max(1_000).default([]),
  /** By app: see `HaproxyState`. */
  apps: z.record(z.string().max(100), z.object({ up: z.int(), down: z.int() })).default({}),
  /** By backend of an app: requests in each class of response time, since HAProxy started; see `responseTimeBounds`. */
  times: z.record(z.string().max(100), z.array(z.number()).length(responseTimeBounds.length + 1)).default({}),
  /** By service that does not answer while the other one does: why. */
  silent: z.partialRecord(z.enum(['web', 'postgres']), z.string().max(300)).default({}),
})
export type Haproxy = z.infer<typeof Haproxy>

/** HAProxy's own numbers for what a row is. */
const rowTypes = { '0': 'frontend', '1': 'backend', '2': 'server' } as const

type Row = (column: string) => string

export function collectHaproxy(asked: Asked<Haproxy>): { state: HaproxyState; samples: Sample[] } {
  const { node, now, before } = asked
  const earlier = new Map(before ? rowsOf(before.value).map((row) => [keyOf(row), row]) : [])
  const rows = rowsOf(now.value)
  const samples = rows.flatMap((row): Sample[] => {
    const was = earlier.get(keyOf(row))
    const rate = rates({
      now: { value: row, since: now.since },
      before: before && was ? { value: was, since: before.since } : null,
    })
    switch (typeOf(row)) {
      case 'frontend':
        return [{ kind: 'frontend', node, name: row('pxname'), values: frontend(row, rate) }]
      case 'backend':
        return [
          {
            kind: 'backend',
            node,
            name: row('pxname'),
            values: {
              ...backend(row, rate, serversUp(row('pxname'), rows, now.value.apps)),
              ...percentiles(now.value.times[row('pxname')], before && (before.value.times[row('pxname')] ?? [])),
            },
          },
        ]
      case 'server':
        return [{ kind: 'server', node, name: `${row('pxname')}/${row('svname')}`, values: server(row, rate) }]
      default:
        return []
    }
  })
  const servers = rows.filter((row) => typeOf(row) === 'server').map((row) => serverState(row, now.value.drained))
  const { version, uptime, silent, apps } = now.value
  const waiting = Object.fromEntries(
    rows
      .filter((row) => typeOf(row) === 'backend' && Number(row('qcur')) > 0)
      .map((row) => [row('pxname'), Number(row('qcur'))]),
  )
  const state: HaproxyState = {
    ...{ version, uptime, servers },
    ...(Object.keys(silent).length > 0 ? { silent } : {}),
    ...(Object.keys(waiting).length > 0 ? { waiting } : {}),
    ...(Object.keys(apps).length > 0 ? { apps } : {}),
  }
  return { state, samples }
}

function rowsOf({ columns, rows }: Haproxy): Row[] {
  const places = new Map(columns.map((name, at) => [name, at]))
  return rows.map((cells) => (column) => cells[places.get(column) ?? -1] ?? '')
}

const typeOf = (row: Row) => rowTypes[row('type') as keyof typeof rowTypes]
const keyOf = (row: Row) => `${row('type')} ${row('pxname')} ${row('svname')}`

/** Null where the column does not apply: HAProxy leaves it empty. */
const numberIn = (row: Row, column: string): number | null => (row(column) === '' ? null : Number(row(column)))

const traffic = (rate: Rate<Row>) => ({
  sessionRate: rate((row) => numberIn(row, 'stot')),
  bytesIn: rate((row) => numberIn(row, 'bin')),
  bytesOut: rate((row) => numberIn(row, 'bout')),
  responses2xx: rate((row) => numberIn(row, 'hrsp_2xx')),
  responses3xx: rate((row) => numberIn(row, 'hrsp_3xx')),
  responses4xx: rate((row) => numberIn(row, 'hrsp_4xx')),
  responses5xx: rate((row) => numberIn(row, 'hrsp_5xx')),
})

const frontend = (row: Row, rate: Rate<Row>) =>
  measured({
    ...traffic(rate),
    sessions: numberIn(row, 'scur'),
    requestRate: row('mode') === 'http' ? rate((then) => numberIn(then, 'req_tot')) : null,
    requestErrors: rate((then) => numberIn(then, 'ereq')),
    denied: rate((then) => numberIn(then, 'dreq')),
  })

/** Averages of the last 1024 requests; they say nothing of a moment without any. */
function times(row: Row, rate: Rate<Row>) {
  if (!rate((then) => numberIn(then, 'stot')))
    return { responseTime: null, connectTime: null, queueTime: null, totalTime: null }
  const isHttp = row('mode') === 'http'
  return {
    responseTime: isHttp ? numberIn(row, 'rtime') : null,
    connectTime: numberIn(row, 'ctime'),
    queueTime: numberIn(row, 'qtime'),
    totalTime: numberIn(row, 'ttime'),
  }
}

/** Of the requests between two looks; none after a start of HAProxy, whose counters begin at zero. */
function percentiles(now: readonly number[] | undefined, before: readonly number[] | null) {
  const counts = now?.map((count, at) => count - (before?.[at] ?? 0)) ?? []
  if (!before || counts.some((count) => count < 0)) return {}
  return measured({ responseP50: responseTimeQuantile(counts, 0.5), responseP95: responseTimeQuantile(counts, 0.95) })
}

const backend = (row: Row, rate: Rate<Row>, up: number) =>
  measured({
    ...traffic(rate),
    ...times(row, rate),
    sessions: numberIn(row, 'scur'),
    queue: numberIn(row, 'qcur'),
    serversUp: up,
    retries: rate((then) => numberIn(then, 'wretr')),
    redispatches: rate((then) => numberIn(then, 'wredis')),
    connectErrors: rate((then) => numberIn(then, 'econ')),
    responseErrors: rate((then) => numberIn(then, 'eresp')),
  })

function serversUp(backend: string, all: readonly Row[], apps: Haproxy['apps']): number {
  const app = appOfBackend(backend)
  if (app !== null) return apps[app]?.up ?? 0
  return all.filter((row) => row('pxname') === backend && typeOf(row) === 'server').filter(takesTraffic).length
}

const takesTraffic = (row: Row) => ['up', 'unchecked'].includes(serverStatus(row('status')))

function server(row: Row, rate: Rate<Row>) {
  const { responseTime, connectTime, queueTime } = times(row, rate)
  return measured({
    ...traffic(rate),
    responseTime,
    connectTime,
    queueTime,
    sessions: numberIn(row, 'scur'),
    queue: numberIn(row, 'qcur'),
    checkTime: numberIn(row, 'check_duration'),
    up: flag(takesTraffic(row)),
    weight: numberIn(row, 'weight'),
  })
}

const serverState = (row: Row, drained: readonly string[]): ServerState => ({
  backend: row('pxname'),
  server: row('svname'),
  status: serverStatus(row('status')),
  ...(isDrainedBesides(row, drained) ? { drained: true } : {}),
  check: checkWords(row),
  since: numberIn(row, 'lastchg') ?? 0,
  sessions: numberIn(row, 'scur') ?? 0,
  ...(Number(row('slim')) > 0 ? { limit: Number(row('slim')) } : {}),
  weight: numberIn(row, 'weight') ?? 0,
})

/** The statistics say of a drained server that fails its check no more than that it is down. */
const isDrainedBesides = (row: Row, drained: readonly string[]) =>
  serverStatus(row('status')) === 'down' && drained.includes(`${row('pxname')}/${row('svname')}`)

/** `L7OK/200 in 2ms`, as on HAProxy's own page; a check that runs has a star before the last one's word. */
function checkWords(row: Row): string {
  const status = row('check_status').replace(/^\* /, '')
  if (status === '') return ''
  const code = row('check_code')
  const took = row('check_duration')
  return `${status}${code === '' ? '' : `/${code}`}${took === '' ? '' : ` in ${took}ms`}`
}
