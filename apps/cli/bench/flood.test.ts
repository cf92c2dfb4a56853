/**
 * What people without an account, and programs that read nothing, do to an administrator's pages: 400 sign-ins at once, 200
 * slow bodies, 300 unread streams, 300 requests a second, each for FLOOD_SECONDS (60); FLOOD_ONLY chooses some by a word of
 * their name. Figures, not verdicts.
 */
import { setMaxListeners } from 'node:events'
import { readFile } from 'node:fs/promises'
import { Agent, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { disconnect } from '@bramble/db'
import { claimRun, type Lease, requestRun, writeJournal } from '@bramble/db/runs'
import pg from 'pg'
import { afterAll, beforeAll, test } from 'vitest'
import { encodeArguments, form } from '../scenarios/security/caller.ts'
import { Dashboard } from '../scenarios/security/dashboard.ts'
import { databaseUrlOf } from '../scenarios/started.ts'

const seconds = Number(process.env.FLOOD_SECONDS || 60)
/** Only floods whose name holds this. */
const only = process.env.FLOOD_ONLY ?? ''
/** Senders on the loopback: 127.0.0.2 and so on. */
const addresses = Array.from({ length: 25 }, (_, i) => `127.0.0.${i + 2}`)
const elsewhere = '127.0.0.99'
const patience = 60_000
const bulk = Buffer.alloc(9_800_000, 'x')

let dashboard: Dashboard
let lease: Lease
const lines: string[] = []

beforeAll(async () => {
  dashboard = await Dashboard.start()
}, 30 * 60_000)
afterAll(async () => {
  process.stdout.write(`\n${lines.join('\n')}\n`)
  await disconnect().finally(() => dashboard?.started.stop())
}, 120_000)

interface Sent {
  method?: string
  path: string
  from: string
  headers?: Record<string, string>
  body?: Buffer
  /** Keeps the body from ending. */
  length?: number
  /** Leaves the answer unread and returns at its head. */
  unread?: boolean
  /** Keeps its connections, as a browser does. */
  agent?: Agent
}

/** The status; 0: no answer. `until`: gives up then. */
function send(sent: Sent, until: AbortSignal): Promise<{ status: number; cookie: boolean }> {
  const { hostname, port, host } = new URL(dashboard.url)
  const length: Record<string, string> = sent.length ? { 'content-length': String(sent.length) } : {}
  return new Promise((resolve) => {
    const none = () => resolve({ status: 0, cookie: false })
    const { method = 'GET', path, from } = sent
    const headers = { host, ...length, ...sent.headers }
    const options = {
      hostname,
      port,
      method,
      path,
      headers,
      agent: sent.agent ?? false,
      localAddress: from,
      signal: until,
    }
    const asked = request(options, (answer) => {
      const cookie = String(answer.headers['set-cookie'] ?? '').includes('session_token')
      const result = { status: answer.statusCode ?? 0, cookie }
      answer.on('error', none)
      if (sent.unread) return resolve(result)
      answer.resume().on('end', () => resolve(result))
    })
    asked.setTimeout(patience, () => asked.destroy())
    asked.on('error', none)
    if (sent.length) asked.write(sent.body ?? '')
    else asked.end(sent.body)
  })
}

async function signIn(from: string, email: string, password: string, until: AbortSignal) {
  const { body, type } = await encodeArguments([null, form({ email, password })])
  const id = dashboard.action('signIn').id
  const headers = {
    origin: dashboard.url,
    'next-action': id,
    'content-type': type,
    'content-length': String(body.length),
  }
  return send({ method: 'POST', path: '/sign-in', from, headers, body }, until)
}

async function megabytes(): Promise<number> {
  const { pid } = await dashboard.started.part('dashboard')
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024)
}

async function auditRows(): Promise<number> {
  const client = new pg.Client({ connectionString: databaseUrlOf(dashboard.started.data) })
  await client.connect()
  const { rows } = await client.query<{ count: string }>('select count(*) from audit')
  await client.end()
  return Number(rows[0]?.count)
}

/** Milliseconds that an administrator waits for the first page, asked every half second during the flood; 60 s when it fails. */
async function pages(cookie: string, until: AbortSignal, failed: { times: number }): Promise<number[]> {
  const taken: number[] = []
  const agent = new Agent({ keepAlive: true })
  while (!until.aborted) {
    const begun = performance.now()
    const { status } = await send(
      { path: '/', from: '127.0.0.1', headers: { cookie }, agent },
      AbortSignal.timeout(patience),
    )
    if (status !== 200) failed.times++
    taken.push(status === 200 ? performance.now() - begun : patience)
    await sleep(500)
  }
  agent.destroy()
  return taken.toSorted((a, b) => a - b)
}

const percentile = (sorted: number[], share: number) =>
  Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0)

async function measure(what: string, flood: (until: AbortSignal, count: (status: number) => void) => Promise<void>) {
  if (!what.includes(only)) return
  const cookie = await dashboard.session('admin')
  const [memory, rows] = [await megabytes(), await auditRows()]
  let highest = memory
  const failed = { times: 0 }
  const over = AbortSignal.timeout(seconds * 1000)
  setMaxListeners(0, over)
  const statuses = new Map<number, number>()
  const count = (status: number) => void statuses.set(status, (statuses.get(status) ?? 0) + 1)
  const watch = (async () => {
    while (!over.aborted) {
      highest = Math.max(highest, await megabytes())
      await sleep(1_000)
    }
  })()
  const rightPassword = async (after: number) => {
    await sleep(after)
    const begun = performance.now()
    const answer = await signIn(
      elsewhere,
      'oda@people.test',
      'correct horse battery oda',
      AbortSignal.timeout(patience),
    )
    const took = ((performance.now() - begun) / 1000).toFixed(1)
    return answer.cookie ? `opens in ${took} s` : `REFUSED (${answer.status || 'no answer'}, ${took} s)`
  }
  const middle = rightPassword(seconds * 500)
  const [taken] = await Promise.all([pages(cookie, over, failed), flood(over, count), watch])
  const times = [0.5, 0.95, 1].map((share) => percentile(taken, share)).join(' / ')
  const answers = [...statuses].map(([status, times]) => `${times} × ${status || 'none'}`).join(', ') || '-'
  lines.push(
    `${what}: page ms p50 / p95 / max ${times} (${taken.length}, ${failed.times} failed); dashboard ${memory} → ${await megabytes()} MB, at most ${highest}; ` +
      `audit +${(await auditRows()) - rows}; right password elsewhere ${await middle}, afterwards ${await rightPassword(0)}; answers ${answers}`,
  )
}

const many = (count: number, work: (i: number) => Promise<void>) =>
  Promise.all(Array.from({ length: count }, (_, i) => work(i))).then(() => undefined)
const addressOf = (i: number) => addresses[i % addresses.length] ?? elsewhere

test('floods', { timeout: 60 * 60_000 }, async () => {
  await measure('nothing', () => Promise.resolve())

  await measure('400 sign-ins at once', (over, count) =>
    many(400, async (i) => {
      while (!over.aborted) count((await signIn(addressOf(i), `x${i % 25}@y.test`, 'wrong', over)).status)
    }),
  )

  await measure('200 slow bodies of 9.9 MB', (over, count) =>
    many(200, async (i) => {
      const headers = { origin: dashboard.url, 'content-type': 'text/plain' }
      const sent = { method: 'POST', path: '/sign-in', from: addressOf(i), headers, length: 9_900_000 }
      while (!over.aborted) {
        count((await send({ ...sent, body: bulk }, over)).status)
        await sleep(1_000)
      }
    }),
  )

  await dashboard.undisturbed(async () => {
    const run = await requestRun({
      cluster: dashboard.parameters.cluster ?? '',
      request: { kind: 'plan' },
      by: 'ada@people.test',
    })
    lease = (await claimRun(run, 'the bench')) as Lease
    const line = { node: 'pi-1', step: null, stream: 'stdout' as const, text: 'x'.repeat(500), at: new Date() }
    for (let i = 0; i < 38; i++) await writeJournal(lease, { lines: Array(500).fill(line) })
    await measure('300 unread streams', (over, count) =>
      many(300, async () => {
        const headers = { authorization: `Bearer ${dashboard.tokens.viewer}` }
        const path = `/api/runs/${lease.run}/log?from=0`
        count((await send({ path, from: '127.0.0.1', headers, unread: true }, over)).status)
      }),
    )
  })

  await measure('300 requests a second', async (over, count) => {
    const open: Promise<void>[] = []
    for (let i = 0; !over.aborted; i++) {
      open.push(send({ path: '/sign-in', from: addressOf(i) }, over).then(({ status }) => count(status)))
      if (i % 30 === 29) await sleep(100)
    }
    await Promise.all(open)
  })
})
