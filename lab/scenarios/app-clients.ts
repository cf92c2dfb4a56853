/** Clients of one app through the virtual IP, as the clients of a drill are: a request every 100 ms, given up after 1.5 s. */
import { request } from 'node:http'
import { startVisitor } from '@bramble/provision/availability'

interface AppClientsOptions {
  /** The site on the virtual IP. */
  site: string
  host: string
  readers: number
  /** Makes the numbered row a form that the app takes; absent: nothing is written. */
  form?: (row: number) => Record<string, string>
}

export interface AppClients {
  /** Seconds since every client had success. */
  silence(): number
  /** Ends the clients and says what they noticed. */
  end(): Promise<AppSight>
}

export interface AppSight {
  requests: number
  failed: number
  /** The longest time without a page and without an acknowledged write, in seconds. */
  pageGap: number
  writeGap: number
  /** Rows that the app said it has. */
  acknowledged: number[]
}

export function startAppClients({ site, host, readers, form }: AppClientsOptions): AppClients {
  const acknowledged: number[] = []
  let row = 0
  const reading = Array.from({ length: readers }, () =>
    startVisitor(async (signal) => (await statusOf(site, { host, signal })) === 200),
  )
  const writing = form
    ? [
        startVisitor(async (signal) => {
          const number = ++row
          const status = await statusOf(site, { host, signal, form: form(number) })
          if (status === 302 || status === 303) acknowledged.push(number)
          return status === 302 || status === 303
        }),
      ]
    : []
  const all = [...reading, ...writing]
  return {
    silence: () => Math.max(...all.map((one) => one.silence())),
    async end() {
      await Promise.all(all.map((one) => one.stop()))
      const failed = all.reduce((sum, one) => sum + one.failed(), 0)
      return {
        requests: failed + all.reduce((sum, one) => sum + one.answered(), 0),
        failed,
        pageGap: Math.max(0, ...reading.map((one) => one.outage())),
        writeGap: Math.max(0, ...writing.map((one) => one.outage())),
        acknowledged,
      }
    },
  }
}

interface Asked {
  host: string
  signal: AbortSignal
  form?: Record<string, string>
}

/** Of an answer that came whole. */
function statusOf(site: string, { host, signal, form }: Asked): Promise<number> {
  const { hostname, port } = new URL(site)
  const body = form ? new URLSearchParams(form).toString() : ''
  // What Django compares to believe that a form is its own.
  const token = 'b'.repeat(32)
  const posted = {
    ...{ 'content-type': 'application/x-www-form-urlencoded', 'content-length': String(body.length) },
    ...{ cookie: `csrftoken=${token}`, 'x-csrftoken': token },
  }
  return new Promise((resolve, reject) => {
    const options = { hostname, port, signal, agent: false, headers: { host, ...(form ? posted : {}) } } as const
    const asked = request({ ...options, method: form ? 'POST' : 'GET', path: '/' }, (answer) =>
      answer
        .resume()
        .on('error', reject)
        .on('end', () => resolve(answer.statusCode ?? 0)),
    )
    asked.on('error', reject).end(body)
  })
}
