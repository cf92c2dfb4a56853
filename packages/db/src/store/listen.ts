/** PostgreSQL's notifications: one listening connection a process, shared by everybody who waits for something. */
import pg from 'pg'
import { databaseUrl, pool } from './connection.ts'

/**
 * `bramble_run`: something about this run changed. `bramble_cancel`: somebody asked to cancel it. Payload: the run's id.
 * `bramble_station`, `bramble_image`, `bramble_card`: this station, image or card record changed. Payload: its id.
 * `bramble_alert`: the alerts, rules or silences of this cluster changed. Payload: its id.
 * `bramble_delivery`: a message is to be sent, or was. Payload: nothing of use.
 * `bramble_reveal`: the worker answered. Payload: the id of what was asked.
 * `bramble_app_log`: there are new lines of this log. Payload: the id under which it is followed.
 * `bramble_watch`: something new is known of this cluster. Payload: its id.
 */
export type Channel =
  | 'bramble_run'
  | 'bramble_cancel'
  | 'bramble_station'
  | 'bramble_image'
  | 'bramble_card'
  | 'bramble_alert'
  | 'bramble_delivery'
  | 'bramble_watch'
  | 'bramble_reveal'
  | 'bramble_app_log'

/** Null: the connection was lost for a moment, so anything may have happened. */
type Handler = (payload: string | null) => void

class Listener {
  readonly #handlers = new Map<Channel, Set<Handler>>()
  #client: Promise<pg.Client> | undefined
  /** Channels that the present connection listens to, or is about to. */
  #heard = new Map<Channel, Promise<unknown>>()
  #ended = false

  /** Resolves when every notification sent from now on will be heard. Returns how to stop. */
  async on(channel: Channel, handler: Handler): Promise<() => void> {
    const handlers = this.#handlers.get(channel) ?? new Set()
    this.#handlers.set(channel, handlers)
    handlers.add(handler)
    try {
      this.#client ??= this.#connect()
      const client = await this.#client
      // One query at a time: each waits for those that were asked before.
      const before = Promise.allSettled(this.#heard.values())
      if (!this.#heard.has(channel))
        this.#heard.set(
          channel,
          before.then(() => client.query(`listen ${channel}`)),
        )
      await this.#heard.get(channel)
    } catch (error) {
      handlers.delete(handler)
      throw error
    }
    return () => void handlers.delete(handler)
  }

  async end(): Promise<void> {
    this.#ended = true
    const client = await this.#client?.catch(() => undefined)
    await client?.end().catch(() => undefined)
  }

  async #connect(): Promise<pg.Client> {
    const client = new pg.Client({ connectionString: databaseUrl(), keepAlive: true, connectionTimeoutMillis: 10_000 })
    client.on('notification', ({ channel, payload }) => {
      for (const handler of this.#handlers.get(channel as Channel) ?? []) handler(payload ?? '')
    })
    let lost = false
    const onLost = () => {
      if (lost || this.#ended) return
      lost = true
      this.#client = undefined
      this.#heard = new Map()
      void this.#reconnect()
    }
    client.on('error', onLost)
    client.on('end', onLost)
    try {
      await client.connect()
      const heard = new Map<Channel, Promise<unknown>>()
      for (const channel of this.#handlers.keys()) {
        await client.query(`listen ${channel}`)
        heard.set(channel, Promise.resolve())
      }
      this.#heard = heard
    } catch (error) {
      lost = true
      this.#client = undefined
      await client.end().catch(() => undefined)
      throw error
    }
    return client
  }

  async #reconnect(): Promise<void> {
    for (let pause = 100; !this.#ended; pause = Math.min(pause * 2, 5_000)) {
      try {
        this.#client ??= this.#connect()
        await this.#client
        break
      } catch {
        await new Promise((resolve) => setTimeout(resolve, pause).unref())
      }
    }
    for (const handlers of this.#handlers.values()) for (const handler of handlers) handler(null)
  }
}

const shared = globalThis as { brambleListener?: Listener | undefined }

/** Calls the handler for each notification; resolves when it hears. Returns how to stop. */
export function listen(channel: Channel, handler: Handler): Promise<() => void> {
  shared.brambleListener ??= new Listener()
  return shared.brambleListener.on(channel, handler)
}

/** Tells everybody who listens. */
export async function notify(channel: Channel, payload: string): Promise<void> {
  await pool().query('select pg_notify($1, $2)', [channel, payload])
}

export async function endListening(): Promise<void> {
  const ending = shared.brambleListener
  shared.brambleListener = undefined
  await ending?.end()
}
