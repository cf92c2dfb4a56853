/** The passwords of the roles that the nodes use, set on the primary while they are replaced; replicas receive them. */

import { command } from '../../engine/command.ts'
import { because, type RoleContext, Secret, type Step, settled } from '../../engine/types.ts'
import { patroniMember } from '../../facts/patroni.ts'
import { isPasswordOf, scramVerifier } from './scram.ts'

/** Before other nodes get files with them: a replica whose password the primary does not know follows it no more. */
export function rolePasswords({ spec, secrets, pulse }: RoleContext): Step[] {
  const { rotation } = secrets
  if (rotation?.phase !== 'passwords') return []
  const wanted: Record<string, Secret> = {
    postgres: secrets.superuser,
    replicator: secrets.replication,
    rewind: secrets.rewind,
    ...(rotation.application ? { [spec.database.user]: secrets.application } : {}),
  }
  // Names are lower-case SQL identifiers (SqlName), so they need no quoting in a literal.
  const names = Object.keys(wanted)
    .map((name) => `'${name}'`)
    .join(', ')
  const query = `select concat_ws(' ', rolname, coalesce(rolpassword, '-')) from pg_authid where rolname in (${names})`
  const present = command(['psql', '-XAtqw', '-d', 'postgres', '-c', query], { as: 'postgres' })
  return [
    {
      id: 'postgres/passwords',
      title: 'Replace the passwords of the PostgreSQL roles',
      reads: [patroniMember, present],
      check(facts) {
        const { answers, role } = facts.of(patroniMember)
        if (!answers) return because('PostgreSQL is not running yet')
        if (role === 'replica') return settled
        const { code, stdout, stderr } = facts.of(present)
        if (code !== 0) return because(`PostgreSQL is not responding: ${stderr.trim().split('\n')[0] ?? ''}`)
        const lines = stdout.split('\n').map((line) => line.trim().split(' '))
        const verifierOf = (role: string) => lines.find(([name]) => name === role)?.[1] ?? ''
        const old = Object.keys(wanted).filter((name) => !isPasswordOf(verifierOf(name), wanted[name]!))
        return old.length === 0 ? settled : because(`to be replaced: ${old.join(', ')}`)
      },
      apply: () => [
        {
          kind: 'run',
          argv: ['psql', '-Xqw', '-v', 'ON_ERROR_STOP=1', '-d', 'postgres', '-f', '-'],
          as: 'postgres',
          stdin: new Secret(
            Object.entries(wanted)
              .map(([name, one]) => `alter role "${name}" password '${scramVerifier(one, `${spec.name} ${name}`)}';\n`)
              .join(''),
          ),
        },
      ],
      ...(pulse?.primary ? { visit: 'first' as const } : {}),
      cure: 'The log shows the error of PostgreSQL. Press Retry when the primary is back online.',
    },
  ]
}
