/**
 * A month of samples of a stack, made up, to measure how fast charts are answered and how large the history gets, or to
 * look at while the screens are developed. A tool for developers: nothing of it is part of the product.
 */
import { parseArgs } from 'node:util'
import { fillCluster } from './into.ts'
import { measureMonth } from './measured.ts'

const help = `pnpm --filter @bramble/db history-bench -- [options]

Without --into: makes a PostgreSQL of its own with a month of a stack of 10 Pis, measures, prints, and removes it.
  --nodes N     Pis of the stack (default 10)
  --days N      days of samples (default 30; raw ones 2 at most); one-hour samples always reach back a year
  --rounds N    questions of each kind (default 40)

With --into: fills an existing cluster with made-up samples and events up to now, to look at its charts. DATABASE_URL is
that of the running Bramble: ./bramble up gives it to its parts, so take it from the environment of its worker:
  tr '\\0' '\\n' < /proc/PID/environ | grep DATABASE_URL
What the cluster has measured stays; where there is a sample already, none is made up.
  --into NAME   name of the cluster
  --days N      as above
  --live        goes on with a tick each 5 s until it is ended, also of the nodes' states
`

const { values } = parseArgs({
  // pnpm hands the separating "--" through.
  args: process.argv.slice(2).filter((arg) => arg !== '--'),
  options: {
    nodes: { type: 'string', default: '10' },
    days: { type: 'string', default: '30' },
    rounds: { type: 'string', default: '40' },
    into: { type: 'string' },
    live: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

const days = Math.min(Math.max(0.02, Number(values.days)), 30)
if (values.help) process.stdout.write(help)
else if (values.into !== undefined) await fillCluster({ name: values.into, days, live: values.live })
else await measureMonth({ nodes: Number(values.nodes), days, rounds: Number(values.rounds) })
