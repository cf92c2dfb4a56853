/** HAProxy's `show info` and `show stat`: who gets traffic, how much, and who is left out and why. */
import type { HaproxyState, Sample, ServerState } from '@bramble/cluster'
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
        return [{ kind: 'backend', node, name: row('pxname'), values: backend(row, rate, rows) }]
      case 'server':
        return [{ kind: 'server', node, name: `${row('pxname')}/${row('svname')}`, values: server(row, rate) }]
      default:
        return []
    }
  })
  const servers = rows.filter((row) => typeOf(row) === 'server').map((row) => serverState(row, now.value.drained))
  return { state: { version: now.value.version, uptime: now.value.uptime, servers }, samples }
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

const backend = (row: Row, rate: Rate<Row>, all: readonly Row[]) =>
  measured({
    ...traffic(rate),
    ...times(row, rate),
    sessions: numberIn(row, 'scur'),
    queue: numberIn(row, 'qcur'),
    serversUp: all
      .filter((other) => other('pxname') === row('pxname') && typeOf(other) === 'server')
      .filter(takesTraffic).length,
    retries: rate((then) => numberIn(then, 'wretr')),
    redispatches: rate((then) => numberIn(then, 'wredis')),
    connectErrors: rate((then) => numberIn(then, 'econ')),
    responseErrors: rate((then) => numberIn(then, 'eresp')),
  })

const takesTraffic = (row: Row) => ['up', 'unchecked'].includes(statusOf(row('status')))

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
  status: statusOf(row('status')),
  ...(isDrainedBesides(row, drained) ? { drained: true } : {}),
  check: checkWords(row),
  since: numberIn(row, 'lastchg') ?? 0,
  sessions: numberIn(row, 'scur') ?? 0,
  weight: numberIn(row, 'weight') ?? 0,
})

/** The statistics say of a drained server that fails its check no more than that it is down. */
const isDrainedBesides = (row: Row, drained: readonly string[]) =>
  statusOf(row('status')) === 'down' && drained.includes(`${row('pxname')}/${row('svname')}`)

/** `UP 1/2` is a server that may soon be down, `DOWN 1/2` one that may soon be up. */
function statusOf(words: string): ServerState['status'] {
  if (words === 'no check') return 'unchecked'
  if (words.startsWith('MAINT')) return 'maint'
  if (words.startsWith('DRAIN')) return 'drain'
  // NOLB: it serves who came before, and nobody new: by its own word.
  return words.startsWith('UP') ? 'up' : words.startsWith('NOLB') ? 'drain' : 'down'
}

/** `L7OK/200 in 2ms`, as on HAProxy's own page; a check that runs has a star before the last one's word. */
function checkWords(row: Row): string {
  const status = row('check_status').replace(/^\* /, '')
  if (status === '') return ''
  const code = row('check_code')
  const took = row('check_duration')
  return `${status}${code === '' ? '' : `/${code}`}${took === '' ? '' : ` in ${took}ms`}`
}
