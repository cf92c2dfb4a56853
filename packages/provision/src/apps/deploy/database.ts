/** The database of an app: its own role, its own database, reached through the virtual IP over verified TLS. */
import { type AppSpec, type ClusterSpec, databaseConnections, nodesWith } from '@bramble/cluster'
import { gather } from '../../engine/gather.ts'
import { persistently } from '../../engine/persistently.ts'
import type { Fleet, Transport } from '../../engine/transport.ts'
import { Secret, Trouble } from '../../engine/types.ts'
import { patroniMember } from '../../facts/patroni.ts'
import { scramVerifier } from '../../roles/postgres/scram.ts'
import { databaseAuthorityPath } from '../../serving/paths.ts'

/** Name of the role and of the database. Names of apps have no underscore, so no two share one. */
export const databaseOf = ({ name }: Pick<AppSpec, 'name'>): string => `app_${name.replaceAll('-', '_')}`

/** What the app gets as DATABASE_URL. */
export function databaseUrl({ vip }: Pick<ClusterSpec, 'vip'>, app: Pick<AppSpec, 'name'>, password: Secret): string {
  const name = databaseOf(app)
  const url = new URL(`postgresql://${name}@${vip}:5000/${name}`)
  url.password = password.reveal()
  url.searchParams.set('sslmode', 'verify-full')
  // Readable for every client: no percent signs where none are needed.
  return `${url.href}&sslrootcert=${databaseAuthorityPath}`
}

interface DatabaseInput {
  spec: ClusterSpec
  fleet: Fleet
  app: Pick<AppSpec, 'name'>
  signal: AbortSignal
}

/** Idempotent. Nobody but the role can connect to the database, and it cannot take all connections. Trouble: no-primary, app-database. */
export async function createDatabase({ password, ...input }: DatabaseInput & { password: Secret }): Promise<void> {
  const { spec, app } = input
  const name = databaseOf(app)
  if (name === spec.database.name || name === spec.database.user)
    throw new Trouble(
      'app-database',
      `The database ${name} belongs to the cluster file and cannot be used by an app.`,
      'Choose another name for the app.',
    )
  const verifier = scramVerifier(password, `${spec.name} ${name}`)
  await onPrimary(
    input,
    `select $sql$create role "${name}" password '${verifier}'$sql$ where not exists (select from pg_roles where rolname = '${name}') \\gexec
alter role "${name}" login nosuperuser nocreatedb nocreaterole noreplication connection limit ${databaseConnections.perAddress} password '${verifier}';
select 'create database "${name}" owner "${name}"' where not exists (select from pg_database where datname = '${name}') \\gexec
revoke all on database "${name}" from public;
`,
  )
}

/** With all that is in it. */
export async function dropDatabase(input: DatabaseInput): Promise<void> {
  const name = databaseOf(input.app)
  await onPrimary(
    input,
    `select 'drop database "${name}" with (force)' where exists (select from pg_database where datname = '${name}') \\gexec
drop role if exists "${name}";
`,
  )
}

/** Retries during a failover. */
async function onPrimary(input: DatabaseInput, sql: string): Promise<void> {
  await persistently(
    input.signal,
    () => undefined,
    async () => {
      const primary = await findPrimary(input)
      const { code, stderr } = await primary.exec(
        ['psql', '-Xqw', '-v', 'ON_ERROR_STOP=1', '-d', 'postgres', '-f', '-'],
        { as: 'postgres', stdin: new Secret(sql), timeout: 60_000, signal: input.signal },
      )
      if (code !== 0)
        throw new Trouble(
          'app-database',
          `PostgreSQL rejected the database of ${input.app.name}: ${stderr.trim().split('\n')[0] ?? ''}`,
          'Fix that on the primary, then deploy again.',
        )
    },
  )
}

async function findPrimary({ spec, fleet, signal }: DatabaseInput): Promise<Transport> {
  const asked = await Promise.all(
    nodesWith(spec, 'postgres').map(async (node) => {
      try {
        const transport = await fleet.connect(node, signal)
        const { role } = (await gather(transport, [patroniMember], { signal })).of(patroniMember)
        return role === 'primary' ? transport : null
      } catch (error) {
        if (signal.aborted || !(error instanceof Trouble)) throw error
        return null
      }
    }),
  )
  const primary = asked.find((transport) => transport !== null)
  if (primary) return primary
  throw new Trouble('unreachable', 'The cluster has no primary.', 'Bring the nodes back online, then deploy again.')
}
