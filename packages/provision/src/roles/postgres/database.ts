/** The site's database and its user, made on the primary; replicas receive them. */
import { because, type RoleContext, Secret, type Step, settled } from '../../core/types.ts'
import { command } from '../../facts/command.ts'
import { patroniMember } from '../../facts/patroni.ts'
import { scramVerifier } from './scram.ts'

export function databaseStep({ spec, secrets }: RoleContext): Step {
  const { name, user } = spec.database
  const verifier = scramVerifier(secrets.application, `${spec.name} ${user}`)
  // Names are lower-case SQL identifiers (SqlName), so they need no quoting in a literal.
  const present = command(
    [
      'psql',
      '-XAtqw',
      '-d',
      'postgres',
      '-c',
      `select rolpassword from pg_authid where rolname = '${user}' and rolcanlogin`,
    ].concat(['-c', `select 'database' from pg_database where datname = '${name}'`]),
    { as: 'postgres' },
  )
  return {
    id: 'postgres/database',
    title: `Make the database ${name} and its user ${user}`,
    reads: [patroniMember, present],
    check(facts) {
      const member = facts.of(patroniMember)
      if (!member.answers) return because('PostgreSQL does not run yet')
      if (member.role === 'replica') return settled
      if (member.role !== 'primary') return because('it is not known yet who the primary is')
      const { code, stdout, stderr } = facts.of(present)
      if (code !== 0) return because(`PostgreSQL does not answer: ${stderr.trim().split('\n')[0] ?? ''}`)
      const lines = stdout.split('\n').map((line) => line.trim())
      if (!lines.some((line) => line.startsWith('SCRAM-SHA-256$'))) return because(`the user ${user} is missing`)
      if (!lines.includes(verifier)) return because(`the password of ${user} differs`)
      return lines.includes('database') ? settled : because(`the database ${name} is missing`)
    },
    apply: () => [
      {
        kind: 'run',
        argv: ['psql', '-Xqw', '-v', 'ON_ERROR_STOP=1', '-d', 'postgres', '-f', '-'],
        as: 'postgres',
        stdin: new Secret(databaseSql(name, user, verifier)),
      },
    ],
    cure: 'The log says what PostgreSQL refused. Press Retry when the primary is back.',
  }
}

function databaseSql(name: string, user: string, verifier: string): string {
  return `select 'create role "${user}"' where not exists (select from pg_roles where rolname = '${user}') \\gexec
alter role "${user}" login password '${verifier}';
select 'create database "${name}" owner "${user}"' where not exists (select from pg_database where datname = '${name}') \\gexec
revoke connect on database "${name}" from public;
`
}
