/** pg_stat_statements in the site's database: which statements cost most. Patroni's file loads its library. */

import { command } from '../../engine/command.ts'
import { because, type RoleContext, type Step, settled } from '../../engine/types.ts'
import { patroniMember } from '../../facts/patroni.ts'

const extension = 'pg_stat_statements'

export function statementsStep({ spec }: RoleContext): Step {
  const { name } = spec.database
  const psql = ['psql', '-XAtqw', '-v', 'ON_ERROR_STOP=1', '-d', name, '-c']
  const present = command([...psql, `select extname from pg_extension where extname = '${extension}'`], {
    as: 'postgres',
  })
  return {
    id: 'postgres/statements',
    title: `Enable statement statistics in the database ${name}`,
    reads: [patroniMember, present],
    check(facts) {
      const member = facts.of(patroniMember)
      if (!member.answers) return because('PostgreSQL is not running yet')
      // Replicas receive it.
      if (member.role === 'replica') return settled
      return facts.of(present).stdout.trim() === extension ? settled : because(`${extension} is missing there`)
    },
    apply: () => [{ kind: 'run', argv: [...psql, `create extension if not exists ${extension}`], as: 'postgres' }],
    cure: 'The log shows the error of PostgreSQL. Press Retry when the primary is back online.',
  }
}
