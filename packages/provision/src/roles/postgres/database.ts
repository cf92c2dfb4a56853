/** The site's database and its user, made on the primary; replicas receive them. */
import type { ClusterSpec } from '@bramble/cluster'
import { type CommandAnswer, command } from '../../engine/command.ts'
import { because, type Fact, type Facts, type RoleContext, Secret, type Step, settled } from '../../engine/types.ts'
import { patroniMember } from '../../facts/patroni.ts'
import { isPasswordOf, scramVerifier } from './scram.ts'

/** Lines: `role true SCRAM-SHA-256$…` (may it sign in, its verifier) and `database`, for what is there. */
function presentIn({ database: { name, user } }: ClusterSpec): Fact<CommandAnswer> {
  // Names are lower-case SQL identifiers (SqlName), so they need no quoting in a literal.
  const role = `select concat_ws(' ', 'role', rolcanlogin, coalesce(rolpassword, '-')) from pg_authid where rolname = '${user}'`
  const database = `select 'database' from pg_database where datname = '${name}'`
  return command(['psql', '-XAtqw', '-d', 'postgres', '-c', role, '-c', database], { as: 'postgres' })
}

interface Present {
  role: { login: boolean; verifier: string } | null
  database: boolean
}

function read({ stdout }: CommandAnswer): Present {
  const lines = stdout.split('\n').map((line) => line.trim())
  const [, login, verifier = ''] = lines.find((line) => line.startsWith('role '))?.split(' ') ?? []
  return {
    role: login === undefined ? null : { login: login === 'true' || login === 't', verifier },
    database: lines.includes('database'),
  }
}

/**
 * Who is there keeps his password: people may have changed it. `password: 'set'`: it was asked for that it be the one
 * that Bramble keeps.
 */
export function databaseStep(
  { spec, secrets }: Pick<RoleContext, 'spec' | 'secrets'>,
  { password }: { password: 'keep' | 'set' } = { password: 'keep' },
): Step {
  const { name, user } = spec.database
  const present = presentIn(spec)
  return {
    id: 'postgres/database',
    title: `Create the database ${name} and its user ${user}`,
    reads: [patroniMember, present],
    check(facts) {
      const member = facts.of(patroniMember)
      if (!member.answers) return because('PostgreSQL is not running yet')
      if (member.role === 'replica') return settled
      if (member.role !== 'primary') return because('the primary is not known yet')
      const answer = facts.of(present)
      if (answer.code !== 0)
        return because(`PostgreSQL is not responding: ${answer.stderr.trim().split('\n')[0] ?? ''}`)
      const { role, database } = read(answer)
      if (!role) return because(`the user ${user} is missing`)
      if (!role.login) return because(`the user ${user} has no login permission`)
      if (password === 'set' && !isPasswordOf(role.verifier, secrets.application))
        return because(`the password of ${user} differs`)
      return database ? settled : because(`the database ${name} is missing`)
    },
    apply: () => [
      {
        kind: 'run',
        argv: ['psql', '-Xqw', '-v', 'ON_ERROR_STOP=1', '-d', 'postgres', '-f', '-'],
        as: 'postgres',
        stdin: new Secret(
          databaseSql(spec, scramVerifier(secrets.application, `${spec.name} ${user}`), password === 'set'),
        ),
      },
    ],
    cure: 'The log shows the error of PostgreSQL. Press Retry when the primary is back online.',
  }
}

function databaseSql({ database: { name, user } }: ClusterSpec, verifier: string, set: boolean): string {
  return `select $sql$create role "${user}" password '${verifier}'$sql$ where not exists (select from pg_roles where rolname = '${user}') \\gexec
alter role "${user}" login${set ? ` password '${verifier}'` : ''};
select 'create database "${name}" owner "${user}"' where not exists (select from pg_database where datname = '${name}') \\gexec
revoke connect on database "${name}" from public;
`
}

/** Did somebody give the application's user another password than the one that Bramble keeps? Asked of the primary. */
export function passwordChanged({ spec, secrets }: Pick<RoleContext, 'spec' | 'secrets'>, facts: Facts): boolean {
  if (facts.of(patroniMember).role !== 'primary') return false
  const answer = facts.of(presentIn(spec))
  const role = answer.code === 0 ? read(answer).role : null
  return role !== null && !isPasswordOf(role.verifier, secrets.application)
}
