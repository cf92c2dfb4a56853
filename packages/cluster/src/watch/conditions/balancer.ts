/** What HAProxy sees: backends without a server, servers that are left out, a site that fails. */
import { listText, percentText, sentence } from '../figures.ts'
import type { NodeState, ServerState } from '../state.ts'
import { primaryOf, stateOf } from '../summary.ts'
import { answering, type Found, found, type Look, limit, looked } from './look.ts'

const meanings: Record<string, { lost: string; level: 'critical' | 'warning' }> = {
  web: { lost: 'clients of the site get 503', level: 'critical' },
  'postgres-primary': { lost: 'writes to the database fail (port 5000)', level: 'critical' },
  'postgres-replicas': { lost: 'reads on port 5001 go to the primary', level: 'warning' },
}

export function backends(look: Look): Found[] {
  const views = balancerViews(look)
  const names = new Set(views.flatMap(({ servers }) => servers.map(({ backend }) => backend)))
  return [...names].flatMap((backend) => {
    const empty = views.filter(({ servers }) => {
      const own = servers.filter((server) => server.backend === backend)
      return own.length > 0 && own.every(({ status }) => status !== 'up' && status !== 'unchecked')
    })
    if (empty.length === 0) return []
    // One copy of the database: it has no replicas, and nothing is wrong with that.
    const servers = empty[0]!.servers.filter((server) => server.backend === backend)
    if (backend === 'postgres-replicas' && servers.length < 2) return []
    const { lost, level } = meanings[backend] ?? { lost: 'it returns 503', level: 'critical' as const }
    const byHand = servers.every(({ status }) => status === 'maint' || status === 'drain')
    const where = empty.length < views.length ? ` Only ${listText(empty.map(({ name }) => name))} reports this.` : ''
    return found('backend-down', {
      subject: backend,
      level,
      value: 0,
      words: `The backend ${backend} has no server in service: ${lost}.${where}`,
      cure: byHand
        ? `All its servers were manually taken out of service: make one ready again on the HAProxy page of the cluster.`
        : backend === 'web'
          ? `${sentence(servers.map(({ server, check }) => `${server}: ${checkWords(check)}`).join('; '))} On one of them, “journalctl -u bramble-site -n 50” shows why the site fails.`
          : backend === 'postgres-primary'
            ? 'If there is a primary, the load balancers cannot reach its Patroni on port 8008: check the network between them.'
            : 'Check the replicas: each must replicate from the primary and be at most 16 MB behind.',
    })
  })
}

export function servers(look: Look): Found[] {
  return looked(look).flatMap(({ node: { name, roles }, state }) => {
    const site = roles.includes('web') ? siteDown(look, name, state) : []
    const copy = roles.includes('postgres') ? copyDown(look, name, state) : []
    return [...site, ...copy]
  })
}

function siteDown(look: Look, name: string, state: NodeState): Found[] {
  const rows = rowsOf(look, 'web', name)
  const down = rows.filter(({ status }) => status === 'down')
  const sick = state.web?.healthy === false || state.silent.web !== undefined
  if (down.length === 0 && !(rows.length === 0 && sick)) return []
  const because = state.web?.because || state.silent.web || checkWords(down[0]?.check ?? '')
  const unit = state.machine?.units['bramble-site.service']
  const stopped = unit !== undefined && unit !== 'active'
  return [
    found('server-down', {
      node: name,
      subject: 'web',
      words: `HAProxy sends no requests to the site on ${name}: ${stopped ? `bramble-site is ${unit}` : sentence(because).slice(0, -1)}. ${leftWords(look, 'web', 'web node')}`,
      cure: stopped
        ? `On ${name}: “sudo systemctl start bramble-site”, and “journalctl -u bramble-site -n 50” shows why it stopped.`
        : `On ${name}, “curl -i http://127.0.0.1:8000/health” shows what HAProxy gets, and “journalctl -u bramble-site -n 50” why.`,
    }),
  ]
}

/** Patroni says that the copy is well, and HAProxy leaves it out all the same. */
function copyDown(look: Look, name: string, state: NodeState): Found[] {
  const lead = primaryOf(look.watch) === name
  const backend = lead ? 'postgres-primary' : 'postgres-replicas'
  const well = state.patroni && (lead || state.patroni.state === 'streaming') && (state.patroni.lagBytes ?? 0) < 16e6
  const down = rowsOf(look, backend, name).filter(({ status }) => status === 'down')
  if (!well || down.length === 0) return []
  return [
    found('server-down', {
      node: name,
      subject: backend,
      words: `HAProxy on ${listText(down.map(({ by }) => by))} marks the ${lead ? 'primary' : 'replica'} on ${name} as down (${checkWords(down[0]!.check)}), although Patroni there reports that it is healthy. ${leftWords(look, backend, 'server')}`,
      cure: `From ${down[0]!.by}, check whether port 8008 of ${name} is reachable: the cause is the firewall, the certificate, or the network.`,
    }),
  ]
}

interface Row extends ServerState {
  by: string
}

function rowsOf(look: Look, backend: string, server: string): Row[] {
  return balancerViews(look).flatMap(({ name, servers }) =>
    servers.filter((row) => row.backend === backend && row.server === server).map((row) => ({ ...row, by: name })),
  )
}

function balancerViews(look: Look): { name: string; servers: ServerState[] }[] {
  return answering(look, 'balancer').flatMap(({ node, state }) =>
    state.haproxy ? [{ name: node.name, servers: state.haproxy.servers }] : [],
  )
}

function leftWords(look: Look, backend: string, what: string): string {
  const view = balancerViews(look)[0]
  const own = view?.servers.filter((row) => row.backend === backend) ?? []
  if (own.length === 0) return ''
  const up = own.filter(({ status }) => status === 'up').length
  return `${up} of ${own.length} ${what}s ${up === 1 ? 'is' : 'are'} left.`
}

/** HAProxy's own word of the last check; nothing that it did not say. */
const checkWords = (check: string): string =>
  check.trim() === '' ? 'it fails its health check' : `its health check reports ${check.trim()}`

export function siteErrors(look: Look): Found[] {
  const site = look.facts.site
  if (!site || site.answers <= 0) return []
  const share = site.errors / site.answers
  if (share < limit(look, 'site-errors', 'share') || site.errors < limit(look, 'site-errors', 'rate')) return []
  const suspects = looked(look, 'web').filter(({ node }) => stateOf(look.watch, node.name)?.web?.healthy === false)
  return [
    found('site-errors', {
      level: share >= 0.5 ? 'critical' : 'warning',
      value: share,
      words: `${percentText(share)} of the responses of the site are server errors (5xx): ${rateText(site.errors)} of ${rateText(site.answers)} per second.`,
      cure:
        suspects.length > 0
          ? `Check ${listText(suspects.map(({ node }) => node.name))} first: “journalctl -u bramble-site -n 50” there shows the error.`
          : `The HAProxy page shows which servers return errors. If all do, they share the cause: the database, or the newest release. “journalctl -u bramble-site -n 50” on a web node shows the error.`,
    }),
  ]
}

const rateText = (rate: number): string => (rate >= 10 ? String(Math.round(rate)) : rate.toFixed(1))
