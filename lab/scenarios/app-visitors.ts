/** People who use an app by its domain through the virtual IP, and every answer that was not what they wanted. */
import { Agent, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

export interface Answer {
  status: number
  headers: Record<string, string | string[] | undefined>
  body: string
}

interface AskOptions {
  agent?: Agent
  method?: string
  headers?: Record<string, string>
}

/** One request. A kept connection that ended before it was answered is opened again, as browsers do for a GET. */
export async function askHost(site: string, host: string, path = '/', options: AskOptions = {}): Promise<Answer> {
  for (let left = 2; ; left--) {
    let reused = false
    try {
      return await new Promise<Answer>((resolve, reject) => {
        const { hostname, port } = new URL(site)
        const { agent = false, method = 'GET', headers = {} } = options
        const asked = request({ hostname, port, path, method, agent, headers: { ...headers, host } }, (answer) => {
          const parts: Buffer[] = []
          answer.on('data', (part: Buffer) => parts.push(part)).on('error', reject)
          answer.on('end', () =>
            resolve({
              status: answer.statusCode ?? 0,
              headers: answer.headers,
              body: Buffer.concat(parts).toString('utf8'),
            }),
          )
        })
        asked.on('socket', () => {
          reused = asked.reusedSocket
        })
        asked.setTimeout(20_000, () => asked.destroy(new Error('no answer for 20 s')))
        asked.on('error', reject)
        asked.end()
      })
    } catch (error) {
      if (!reused || left === 0 || (error as NodeJS.ErrnoException).code !== 'ECONNRESET') throw error
    }
  }
}

export interface Visitors {
  /** Words of every answer that was none or not 200. */
  failures(): string[]
  /** First word of the body to the number of answers to requests that began after this time (as performance.now). */
  since(time: number): Record<string, number>
  answers(): number
  stop(): Promise<void>
}

export function startVisitors(site: string, host: string, people: number, path = '/'): Visitors {
  const agent = new Agent({ keepAlive: true, maxSockets: people })
  const failures: string[] = []
  const served: { at: number; word: string }[] = []
  let running = true
  const person = async () => {
    while (running) {
      const at = performance.now()
      try {
        const { status, body } = await askHost(site, host, path, { agent })
        if (status === 200) served.push({ at, word: body.split(' ')[0]!.trim() })
        else failures.push(`${status} ${body.slice(0, 80)}`)
      } catch (error) {
        failures.push(String(error))
      }
      await sleep(10)
    }
  }
  const all = Promise.all(Array.from({ length: people }, person))
  return {
    failures: () => [...failures],
    since: (time) => {
      const counts: Record<string, number> = {}
      for (const { at, word } of served) if (at > time) counts[word] = (counts[word] ?? 0) + 1
      return counts
    },
    answers: () => served.length,
    async stop() {
      running = false
      await all
      agent.destroy()
    },
  }
}
