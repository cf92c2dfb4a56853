/** What etcd says of apps: what serves, what is being deployed, and what each node reports. */
import type { z } from 'zod'
import {
  Availability,
  appsPrefix,
  CronRecord,
  keysOf,
  NextRecord,
  NodeReport,
  nodesPrefix,
  ServingRecord,
  type SlotReport,
} from '../../../serving/records.ts'
import { CommandRecord } from './records.ts'
import type { Entry, Store } from './store.ts'

export interface AppState {
  app: string
  /** Null: nothing serves yet. */
  serving: ServingRecord | null
  /** A deploy that has not ended. */
  next: NextRecord | null
  /** Null: it runs as it should. */
  availability: Availability | null
  /** False with `next`: that deploy was abandoned. */
  claimed: boolean
  /** Runs of its scheduled commands, by job. */
  cron: Readonly<Record<string, CronRecord>>
  /** By release. */
  commands: Readonly<Record<string, CommandRecord>>
  /** Revisions of the keys `serving` and `next`; null: there is none. */
  revisions: { serving: string | null; next: string | null }
}

export interface AppsState {
  apps: Readonly<Record<string, AppState>>
  /** By node. A node that does not answer has none. */
  reports: Readonly<Record<string, NodeReport>>
  /** Of the whole store when it was read. */
  revision: string
}

export async function readState(store: Store): Promise<AppsState> {
  const [apps, reports] = await Promise.all([store.read(appsPrefix), readReports(store)])
  const names = [...new Set(apps.entries.map(({ key }) => key.slice(appsPrefix.length).split('/')[0]!))]
  return {
    apps: Object.fromEntries(names.map((app) => [app, stateOf(app, apps.entries)])),
    reports,
    revision: apps.revision,
  }
}

export async function readReports(store: Store): Promise<Record<string, NodeReport>> {
  const { entries } = await store.read(nodesPrefix)
  return Object.fromEntries(
    entries.flatMap(({ key, value }) => {
      const report = parsed(NodeReport, value)
      return report ? [[key.slice(nodesPrefix.length), report]] : []
    }),
  )
}

/** Of an app about which etcd knows nothing, too. */
export const appState = (state: AppsState, app: string): AppState => state.apps[app] ?? stateOf(app, [])

export const slotOn = (
  report: NodeReport | undefined,
  { app, slot }: Pick<ServingRecord, 'app' | 'slot'>,
): SlotReport | null => report?.slots[`${app}/${slot}`] ?? null

function stateOf(app: string, entries: readonly Entry[]): AppState {
  const keys = keysOf(app)
  const entry = (key: string) => entries.find((one) => one.key === key)
  const [serving, next, availability] = [keys.serving, keys.next, keys.availability].map(entry)
  return {
    app,
    serving: serving ? parsed(ServingRecord, serving.value) : null,
    next: next ? parsed(NextRecord, next.value) : null,
    availability: availability ? parsed(Availability, availability.value) : null,
    claimed: entry(keys.claim) !== undefined,
    cron: recordsBelow(entries, keys.cron(''), CronRecord),
    commands: recordsBelow(entries, keys.command(''), CommandRecord),
    revisions: { serving: serving?.revision ?? null, next: next?.revision ?? null },
  }
}

/** By what follows the prefix in the key. */
const recordsBelow = <T>(entries: readonly Entry[], prefix: string, schema: z.ZodType<T>): Record<string, T> =>
  Object.fromEntries(
    entries.flatMap(({ key, value }) => {
      const record = key.startsWith(prefix) ? parsed(schema, value) : null
      return record ? [[key.slice(prefix.length), record]] : []
    }),
  )

/** Null: written by another version of Bramble, or by hand. */
function parsed<T>(schema: z.ZodType<T>, text: string): T | null {
  try {
    return schema.safeParse(JSON.parse(text)).data ?? null
  } catch {
    return null
  }
}
