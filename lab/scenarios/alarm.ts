/** A cause, the alert that it raises, and who hears of it: kept as rows of a table. */
import { type RuleName, ruleOf } from '@bramble/cluster'
import { addChannel, listAlerts } from '@bramble/db/alerts'
import { type HttpReceiver, httpReceiver, type MailReceiver, mailReceiver } from '@bramble/worker/test/receivers'
import { expect } from 'vitest'
import { eventually } from './stage.ts'

const by = 'ada@example.org'

export interface Cause {
  rule: RuleName
  /** As a person would say it: `power of pi-3 off`. */
  what: string
  /** Null: of the cluster. Left out: any node will do. */
  node?: string | null
  subject?: string
  begin: () => Promise<unknown>
  /** Left out: it ends in another way, and nobody waits here until it is over. */
  end?: () => Promise<unknown>
}

interface Row {
  cause: string
  alert: string
  level: string
  /** Seconds from the cause until it was open, was heard by HTTP and by SMTP; from the end until that was heard. */
  fired: number
  http: number
  smtp: number
  over: number | null
}

interface Told {
  event: string
  rule: string
  node: string | null
  subject: string
  at: number
}

/** Five receivers of the five kinds, really there: one HTTP server with a path for each, and one SMTP server. */
export class Alarm {
  readonly #http: HttpReceiver
  readonly #smtp: MailReceiver
  readonly #cluster: string
  readonly rows: Row[] = []
  readonly #recoveries: Promise<void>[] = []

  private constructor(cluster: string, http: HttpReceiver, smtp: MailReceiver) {
    this.#cluster = cluster
    this.#http = http
    this.#smtp = smtp
  }

  static async open(cluster: string): Promise<Alarm> {
    const [http, smtp] = [await httpReceiver(), await mailReceiver()]
    const at = `http://127.0.0.1:${http.port}`
    const to = { from: 'bramble@example.org', to: ['ada@example.org'] }
    const all = [
      { kind: 'webhook', url: `${at}/hook`, secret: 'a secret of mine' },
      { kind: 'email', host: '127.0.0.1', port: smtp.port, security: 'none', ...to },
      { kind: 'ntfy', server: `${at}/`, topic: 'garden' },
      { kind: 'home-assistant', server: at, webhook: 'bramble' },
      { kind: 'discord', url: `${at}/api/webhooks/1/token` },
    ] as const
    for (const config of all)
      await addChannel({ name: config.kind, config: { ...config } as never, leastLevel: 'info', by })
    return new Alarm(cluster, http, smtp)
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.#recoveries)
    await Promise.all([this.#http.stop(), this.#smtp.stop()])
  }

  /** Begins the causes together, waits until each was told to all, ends them. That they are over is waited for later. */
  async play(...causes: Cause[]): Promise<void> {
    const played = await Promise.allSettled(causes.map((cause) => this.#begin(cause)))
    await Promise.all(
      played.map(async (end, at) => {
        const cause = causes[at]!
        if (!cause.end) return
        const ended = Date.now()
        await cause.end()
        // One that nobody was told of ends all the same, or it would spoil what comes next.
        if (end.status === 'rejected') return
        const { row } = end.value
        const recovery = this.#recovered(cause, row, ended)
        recovery.catch(() => undefined)
        this.#recoveries.push(recovery)
      }),
    )
    const failed = played.find((end) => end.status === 'rejected')
    if (failed) throw failed.reason
  }

  /** Until all that ended was told to be over. */
  async recovered(): Promise<void> {
    await Promise.all(this.#recoveries.splice(0))
  }

  async #begin(cause: Cause): Promise<{ cause: Cause; row: Row }> {
    const begun = Date.now()
    await cause.begin()
    const name = `${ruleOf(cause.rule).title} (${cause.rule}) for: ${cause.what}`
    const alert = await eventually(120, async () => {
      const { alerts } = await listAlerts({ cluster: this.#cluster, open: true })
      const found = alerts.find((entry) => fits(cause, entry))
      if (!found) throw new Error(`No alert ${name}; open: ${alerts.map(({ rule, node }) => `${rule} ${node}`).join()}`)
      return found
    })
    const since = (at: number) => (at - begun) / 1000
    const http = await eventually(60, async () => this.#heard(cause, begun, (event) => event !== 'over', name))
    const smtp = await eventually(60, async () => this.#mailed(alert, begun, name))
    const row: Row = {
      cause: cause.what,
      alert: [cause.rule, alert.node ?? ''].join(' ').trim(),
      level: alert.level,
      fired: since(Date.parse(alert.firedAt)),
      ...{ http: since(http), smtp: since(smtp), over: null },
    }
    this.rows.push(row)
    expect(alert.cure).toMatch(/\.$/)
    return { cause, row }
  }

  async #recovered(cause: Cause, row: Row, ended: number): Promise<void> {
    const at = await eventually(150, async () =>
      this.#heard(cause, ended, (event) => event === 'over', `end of ${cause.rule} (${cause.what})`),
    )
    row.over = (at - ended) / 1000
  }

  /** When all four HTTP receivers had heard of it. */
  #heard(cause: Cause, since: number, wanted: (event: string) => boolean, name: string): number {
    const mine = this.#told().find((told) => told.at >= since - 1000 && wanted(told.event) && fits(cause, told))
    if (!mine) throw new Error(`The webhook was not told of ${name}`)
    return mine.at
  }

  #told(): Told[] {
    return this.#http.received
      .filter(({ path }) => path === '/hook')
      .flatMap(({ body, at }) => (JSON.parse(body).alerts as Omit<Told, 'at'>[]).map((told) => ({ ...told, at })))
  }

  #mailed(alert: { title: string; node: string | null; words: string }, since: number, name: string): number {
    const mine = this.#smtp.mails.find(({ at, text }) => at >= since - 1000 && plain(text).includes(alert.title))
    if (!mine) throw new Error(`No mail of ${name}`)
    return mine.at
  }

  /** How many messages each kind of channel got. */
  counts(): Record<string, number> {
    const paths = {
      webhook: '/hook',
      ntfy: '/',
      'home-assistant': '/api/webhook/bramble',
      discord: '/api/webhooks/1/token',
    }
    const counted = Object.entries(paths).map(([kind, path]) => [
      kind,
      this.#http.received.filter((entry) => entry.path === path).length,
    ])
    return { ...Object.fromEntries(counted), email: this.#smtp.mails.length }
  }

  table(): string {
    const cells = this.rows.map(({ cause, alert, level, fired, http, smtp, over }) => [
      ...[cause, alert, level, ...[fired, http, smtp].map((value) => value.toFixed(0))],
      over === null ? '' : over.toFixed(0),
    ])
    const head = ['cause', 'alert', 'level', 'fired after', 'HTTP', 'SMTP', 'over after']
    const widths = head.map((title, at) => Math.max(title.length, ...cells.map((row) => row[at]!.length)))
    const line = (row: string[]) => row.map((cell, at) => cell.padEnd(widths[at]!)).join('  ')
    return [line(head), ...cells.map(line)].join('\n')
  }
}

const fits = ({ rule, node, subject }: Cause, told: { rule: string; node: string | null; subject: string }): boolean =>
  told.rule === rule &&
  (node === undefined || told.node === node) &&
  (subject === undefined || told.subject === subject)

/** Quoted-printable undone as far as the words of a title need it. */
const plain = (text: string): string => text.replace(/=\r\n/g, '')
