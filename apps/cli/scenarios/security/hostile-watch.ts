/** Hostile text in all that the watching of a cluster keeps. */
import type { NodeState, Sample } from '@bramble/cluster'
import { specOf, wellAt } from '@bramble/cluster/specimen'
import { recordTick } from '@bramble/db/metrics'
import type { Corpus } from './corpus.ts'

const begun = new Date()

/** What comes from the Pis: every word that another machine chose. */
export async function plantWatch(corpus: Corpus, cluster: string, id: string): Promise<void> {
  const on = (page: string) => (place: string) => corpus.text(`/clusters/${cluster}${page}`, `watch: ${place}`)
  const [nodes, node, postgres, haproxy] = [on('/nodes'), on('/nodes/pi-1'), on('/postgres'), on('/haproxy')]
  const unseen = (place: string) => corpus.text(null, `watch: ${place}`)
  const states = wellAt(specOf(3), begun.toISOString()).states.map((state): NodeState => {
    if (state.node === 'pi-3') return dumb(state, nodes)
    if (state.node !== 'pi-1') return state
    return {
      ...state,
      machine: state.machine && {
        ...state.machine,
        upgradable: [unseen('a package')],
        units: { 'patroni.service': node('state of a unit'), [node('a unit')]: 'failed' },
      },
      patroni: state.patroni && { ...state.patroni, version: unseen('version of Patroni') },
      postgres: state.postgres && {
        ...state.postgres,
        version: postgres('version of PostgreSQL'),
        longest: { seconds: 90, user: postgres('a user'), state: 'active', query: unseen('a query') },
        replication: [
          { ...state.postgres.replication[0]!, name: postgres('name of a replica'), state: postgres('its state') },
        ],
        slots: [{ name: postgres('a slot'), active: false, retained: 4e9 }],
        databases: [{ name: postgres('a database'), size: 1e9 }],
        tables: [{ name: postgres('a table'), size: 1e9, rows: 10, deadRows: 9, vacuumedAt: null }],
        statements: [{ query: postgres('a statement'), calls: 9, totalMs: 9, meanMs: 1, rows: 9 }],
        blocked: [{ pid: 7, by: [8], seconds: 30, query: postgres('a blocked query') }],
      },
      etcd: state.etcd && { ...state.etcd, version: unseen('version of etcd'), alarms: [unseen('an alarm')] },
      haproxy: state.haproxy && {
        ...state.haproxy,
        version: unseen('version of HAProxy'),
        servers: state.haproxy.servers.map((server) =>
          server.backend === 'web' && server.server === 'pi-2'
            ? { ...server, status: 'down' as const, check: haproxy('a check') }
            : server,
        ),
      },
    }
  })
  const server: Sample = { kind: 'server', node: 'pi-1', name: unseen('server of a chart'), values: { sessions: 1 } }
  const events = [
    {
      at: begun.toISOString(),
      until: null,
      kind: 'node-away' as const,
      level: 'warning' as const,
      node: 'pi-3',
      words: on('/timeline')('words of an event'),
      link: "javascript:ran('link')",
    },
  ]
  await recordTick({ cluster: id, at: begun, states, samples: [server], events })
}

/** A Pi that does not answer, in somebody else's words. */
function dumb(state: NodeState, page: (place: string) => string): NodeState {
  return {
    ...state,
    ...{ machine: null, patroni: null, postgres: null, etcd: null, haproxy: null, web: null },
    trouble: { code: 'unreachable', message: page('trouble of a Pi'), cure: page('remedy of a Pi') },
  }
}
