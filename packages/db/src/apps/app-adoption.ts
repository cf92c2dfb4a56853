/** A cluster gets an app, or the app of a cluster gets other domains. */
import { AppName, AppSpec, type ClusterSpec, Domain } from '@bramble/cluster'
import { activeStatuses, runActive, type Transaction } from '../store/active.ts'
import { fieldWords, inOneLine } from '../store/field-words.ts'
import { Refusal } from '../store/refusal.ts'
import { type ClusterRow, specOf } from '../store/specs.ts'
import { storeApps } from './app-specs.ts'

/** Name and domains as they are kept. Refusal `app-invalid`. */
export function checkedApp(name: string, domains: readonly string[] | undefined) {
  const fields: Record<string, string> = {}
  const app = AppName.safeParse(name)
  if (!app.success) Object.assign(fields, { name: fieldWords(app.error.issues, name)[''] ?? 'cannot be used' })
  const parsed = Domain.array().max(100).optional().safeParse(domains)
  if (!parsed.success) Object.assign(fields, { domains: Object.values(fieldWords(parsed.error.issues, domains))[0] })
  if (Object.keys(fields).length > 0 || !app.success)
    throw new Refusal('app-invalid', inOneLine(fields, 'app'), 'Correct this and try again.', { fields })
  return { name: app.data, domains: parsed.data }
}

/** The cluster gets the app, or its app gets these domains; returns its entry. Refusal `run-active`, `spec-invalid`. */
export async function adoptApp(
  tx: Transaction,
  row: ClusterRow,
  wanted: { name: string; domains: string[] | undefined; database?: boolean | undefined },
): Promise<AppSpec> {
  const spec = specOf(row)
  const present = spec.apps?.find(({ name }) => name === wanted.name)
  const domains = wanted.domains ?? present?.domains ?? []
  const database = wanted.database ?? present?.database ?? false
  if (present && sameWords(present.domains, domains) && present.database === database) return present
  await refuseActive(tx, row)
  const app = present ? { ...present, domains, database } : AppSpec.parse({ name: wanted.name, domains, database })
  const others = (spec.apps ?? []).filter(({ name }) => name !== wanted.name)
  const changed: ClusterSpec = { ...spec, apps: [...others, app] }
  await storeApps(tx, row.id, changed)
  return app
}

/** Refusal `run-active`. */
export async function refuseActive(tx: Transaction, { id, name }: ClusterRow): Promise<void> {
  const active = await tx.run.findFirst({ where: { clusterId: id, status: { in: activeStatuses } } })
  if (active) throw runActive(name, active)
}

const sameWords = (a: readonly string[], b: readonly string[]) =>
  a.length === b.length && a.every((one) => b.includes(one))
