/** The environment of an app: plain values are part of the cluster's settings, secret ones are encrypted and only a worker opens them. */
import { type AppSpec, VariableName, VariableValue } from '@bramble/cluster'
import { audited } from '../audit/audit.ts'
import { readSealed, storeSecret } from '../secrets/secrets.ts'
import type { Transaction } from '../store/active.ts'
import { prisma } from '../store/connection.ts'
import { Refusal } from '../store/refusal.ts'
import { changeAppSpec } from './app-specs.ts'

const mostVariables = 200

export interface VariableView {
  name: string
  /** Null: it is secret. */
  value: string | null
}

/**
 * `set`: values by name, all of them secret or all of them plain. `unset`: names that go. The running app keeps its environment
 * until it is deployed or restarted. Refusal `variable-invalid`, `app-unknown`, `spec-invalid`, `run-active`, `cluster-unknown`.
 */
export async function changeEnvironment(input: {
  cluster: string
  app: string
  set: Readonly<Record<string, string>>
  secret: boolean
  unset: readonly string[]
  by: string
}): Promise<void> {
  const { cluster, app, set, secret, unset, by } = input
  const names = Object.keys(set)
  const told = [
    names.length > 0 ? `set ${names.join(', ')}${secret ? ' (secret)' : ''}` : '',
    unset.length > 0 ? `removed ${unset.join(', ')}` : '',
  ]
  const detail = told.filter(Boolean).join('; ')
  await audited({ who: by, what: 'app.environment', target: `${cluster}/${app}`, detail }, async () => {
    refuseWrong(set)
    await changeAppSpec(cluster, app, async (before, tx, id) => {
      const gone = secret ? unset : [...unset, ...names]
      await forgetSecrets(tx, id, app, gone)
      if (secret)
        for (const [name, value] of Object.entries(set)) await storeSecret(tx, id, 'app', `${app}/${name}`, value)
      const plain = { ...before.environment, ...(secret ? {} : set) }
      for (const name of [...unset, ...(secret ? names : [])]) delete plain[name]
      const secrets = await secretNames(tx, id, app)
      refuseTooMany(Object.keys(plain).length + secrets.length)
      refuseDatabaseUrl(before, secrets)
      const { environment: _, ...rest } = before
      return Object.keys(plain).length > 0 ? { ...rest, environment: plain } : rest
    })
  })
}

/** Secret variables that come with a deploy, beside those that the app has. Refusal `variable-invalid`. */
export async function storeVariables(
  tx: Transaction,
  clusterId: string,
  app: AppSpec,
  set: Readonly<Record<string, string>>,
): Promise<void> {
  refuseWrong(set)
  for (const [name, value] of Object.entries(set)) await storeSecret(tx, clusterId, 'app', `${app.name}/${name}`, value)
  const secrets = await secretNames(tx, clusterId, app.name)
  refuseTooMany(Object.keys(app.environment ?? {}).length + secrets.length)
  refuseDatabaseUrl(app, secrets)
}

/** By name. */
export async function listVariables(clusterId: string, app: AppSpec): Promise<VariableView[]> {
  const secrets = await secretNames(prisma(), clusterId, app.name)
  const plain = Object.entries(app.environment ?? {}).filter(([name]) => !secrets.includes(name))
  const all: VariableView[] = [
    ...plain.map(([name, value]) => ({ name, value })),
    ...secrets.map((name) => ({ name, value: null })),
  ]
  return all.sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** For the worker: the secret variables of an app, opened. */
export async function appSecrets(clusterId: string, app: string): Promise<Record<string, string>> {
  const all = await readSealed(clusterId, 'app')
  const own = Object.entries(all).filter(([name]) => name.startsWith(`${app}/`))
  return Object.fromEntries(own.map(([name, value]) => [name.slice(app.length + 1), value]))
}

async function secretNames(tx: Pick<Transaction, 'secret'>, clusterId: string, app: string): Promise<string[]> {
  const rows = await tx.secret.findMany({
    where: { clusterId, purpose: 'app', name: { startsWith: `${app}/` } },
    select: { name: true },
  })
  return rows.map(({ name }) => name.slice(app.length + 1))
}

async function forgetSecrets(tx: Transaction, clusterId: string, app: string, names: readonly string[]): Promise<void> {
  await tx.secret.deleteMany({
    where: { clusterId, purpose: 'app', name: { in: names.map((name) => `${app}/${name}`) } },
  })
}

function refuseWrong(set: Readonly<Record<string, string>>): void {
  const fields: Record<string, string> = {}
  for (const [name, value] of Object.entries(set)) {
    const issue = VariableName.safeParse(name).error?.issues[0] ?? VariableValue.safeParse(value).error?.issues[0]
    if (issue) fields[name] = `${name} ${issue.message}.`
  }
  if (Object.keys(fields).length > 0)
    throw new Refusal('variable-invalid', Object.values(fields).join(' '), 'Correct this and try again.', { fields })
}

function refuseTooMany(count: number): void {
  if (count > mostVariables)
    throw new Refusal(
      'variable-invalid',
      `The app would have ${count} variables, and ${mostVariables} is the most.`,
      'Remove variables that it does not need.',
    )
}

function refuseDatabaseUrl(app: AppSpec, secrets: readonly string[]): void {
  if (app.database && secrets.includes('DATABASE_URL'))
    throw new Refusal(
      'variable-invalid',
      `The app ${app.name} has a database of its own, which sets DATABASE_URL.`,
      'Do not set DATABASE_URL, or give the app no database.',
    )
}
