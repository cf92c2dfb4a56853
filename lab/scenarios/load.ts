/** Clients on the virtual IP that must notice nothing: a writer, a session of PostgreSQL, and a connection to the site. */
import { Agent, get } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { startWriter } from '@bramble/provision/availability'
import pg from 'pg'
import type { Stage } from './stage.ts'

export interface Load {
  /** Ends the clients and says what they noticed. */
  end(): Promise<Noticed>
}

interface Noticed {
  /** Writes every 100 ms: tries that failed, acknowledged rows that are gone, longest time without one in seconds. */
  failed: number
  missing: number[]
  outage: number
  /** Connections that the session and the site's client needed: 1 unless one was dropped. */
  sessions: number
  connections: number
  /** Answers of the site, and those that were none. */
  pages: number
  noPages: number
}

export async function startLoad(stage: Stage): Promise<Load> {
  const writer = await startWriter(stage.writing)
  const session = new pg.Client(stage.database(5000))
  let dropped = 0
  session.on('error', () => dropped++)
  await session.connect()

  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const sockets = new Set<unknown>()
  let [pages, noPages, going] = [0, 0, true]
  const page = () =>
    new Promise<void>((resolve) => {
      const failed = () => {
        noPages++
        resolve()
      }
      const request = get(stage.site, { agent, timeout: 5_000 }, (response) => {
        response.resume().on('end', () => {
          if (response.statusCode === 200) pages++
          else noPages++
          resolve()
        })
      })
      request.on('socket', (socket) => sockets.add(socket)).on('error', failed)
      request.on('timeout', () => request.destroy(new Error('No answer for 5 s')))
    })
  const visits = (async () => {
    while (going) {
      await page()
      await session.query('select 1').catch(() => dropped++)
      await sleep(500)
    }
  })()

  return {
    async end() {
      going = false
      await visits
      agent.destroy()
      await session.end().catch(() => undefined)
      await writer.stop()
      const noticed: Noticed = {
        ...{ failed: writer.failed(), missing: await writer.missing(), outage: writer.outage() },
        ...{ sessions: dropped === 0 ? 1 : 2, connections: sockets.size, pages, noPages },
      }
      await writer.forget()
      return noticed
    },
  }
}
