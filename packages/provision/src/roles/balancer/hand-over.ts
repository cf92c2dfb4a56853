/** A balancer that an older Bramble made has one HAProxy for everything: it hands ports 5000 and 5001 over, once. */
import { because, type Step, settled } from '../../engine/types.ts'
import { haproxySockets, haproxyStats } from '../../facts/haproxy.ts'

/** Both listen on the ports now. The old one stops listening, so that nobody new comes to it, and ends what is open. */
const program = `${haproxySockets}
for row in table(command('web', 'show stat')):
    if row['pxname'].startswith('postgres-') and row['svname'] == 'FRONTEND':
        command('web', 'disable frontend ' + row['pxname'])
for row in table(command('web', 'show stat -1 4 -1')):
    if row['pxname'].startswith('postgres-'):
        command('web', 'shutdown sessions server %s/%s' % (row['pxname'], row['svname']))
`

export function handOver(node: string): Step {
  return {
    id: 'balancer/hand-over-postgres',
    title: 'Move PostgreSQL to its own HAProxy',
    reads: [haproxyStats],
    check(facts) {
      const { open } = facts.of(haproxyStats)
      return open.some(({ service, frontend }) => service === 'web' && frontend.startsWith('postgres-'))
        ? because('one HAProxy serves web traffic and PostgreSQL')
        : settled
    },
    apply: () => [{ kind: 'run', argv: ['python3', '-I', '-c', program], timeout: 30 }],
    disrupts: {
      what: 'balancer',
      words: `open database sessions through ${node} are closed once and reconnect; the ports stay open and the site is not affected`,
    },
    cure: 'Restart HAProxy on this Pi (Operate → Restart a service…): its sessions are interrupted for about a second.',
  }
}
