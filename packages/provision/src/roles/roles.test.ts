import { type ClusterSpec, knownBackend, knownFrontend } from '@bramble/cluster'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { type Answers, contextOf, factsFor, spec, stored } from '../../test/context.ts'
import { planSteps } from '../core/plan.ts'
import { type PutAction, Secret } from '../core/types.ts'
import { packageStates } from '../facts/packages.ts'
import { roles, stepsFor } from './index.ts'

/** The files that a role would write on a factory Pi: path to text. */
function filesOf(name: string, change: Partial<ClusterSpec> = {}, answers?: Answers): Record<string, string> {
  const steps = stepsFor(contextOf(name, change))
  const facts = factsFor(steps, answers)
  const puts = steps
    .flatMap((step) => step.apply?.(facts) ?? [])
    .filter((action): action is PutAction => action.kind === 'put')
  return Object.fromEntries(
    puts.map(({ path, content }) => [path, content instanceof Secret ? content.reveal() : String(content)]),
  )
}

const bookworm: Answers = { machine: { codename: 'bookworm' } }

describe('every role', () => {
  it('comes after what it stands on', () =>
    expect(roles.map((role) => role.name)).toEqual(['base', 'etcd', 'backup', 'postgres', 'web', 'balancer']))

  it('gives each step of a node its own name', () => {
    for (const node of spec.nodes) {
      const ids = stepsFor(contextOf(node.name)).map((step) => step.id)
      expect(new Set(ids).size).toBe(ids.length)
    }
  })

  it('takes on a role only where the spec says so, base everywhere', () => {
    const taken = (id: string) => !/\/(retired|released|hand-over)$/.test(id)
    const rolesOf = (name: string) => [
      ...new Set(
        stepsFor(contextOf(name))
          .filter(({ id }) => taken(id))
          .map(({ id }) => id.split('/')[0]),
      ),
    ]
    expect(rolesOf('pi-1')).toEqual(['base', 'balancer'])
    expect(rolesOf('pi-4')).toEqual(['base', 'etcd', 'postgres', 'web', 'balancer'])
  })

  it('follows only steps that come before it on the same node', () => {
    for (const node of spec.nodes) {
      const seen = new Set<string>()
      for (const step of stepsFor(contextOf(node.name))) {
        for (const id of step.follows ?? []) expect(seen, `${step.id} follows ${id}`).toContain(id)
        seen.add(step.id)
      }
    }
  })

  it('can be planned on a factory Pi, and no plan or command shows a secret', () => {
    const secrets = Object.entries(stored).filter(([name]) => !/certificate|public/.test(name))
    for (const node of spec.nodes) {
      const steps = stepsFor(contextOf(node.name))
      const plan = JSON.stringify(planSteps(steps, factsFor(steps), false))
      for (const [name, text] of secrets) expect(plan.includes(text.trim()), `${name} on ${node.name}`).toBe(false)
    }
  })

  it('writes every file that holds a secret for its owner alone', () => {
    const secrets = Object.entries(stored).filter(([name]) => !/certificate|public/.test(name))
    for (const node of spec.nodes) {
      const steps = stepsFor(contextOf(node.name))
      const facts = factsFor(steps)
      for (const action of steps.flatMap((step) => step.apply?.(facts) ?? [])) {
        if (action.kind !== 'put') continue
        const text = action.content instanceof Secret ? action.content.reveal() : action.content
        if (secrets.some(([, secret]) => text.includes(secret.trim()))) expect(action.mode & 0o077, action.path).toBe(0)
      }
    }
  })

  it('closes SSH to passwords only after the key is in', () => {
    const ids = stepsFor(contextOf('pi-2')).map((step) => step.id)
    expect(ids.indexOf('base/ssh-key')).toBeLessThan(ids.indexOf('base/sshd.conf'))
    expect(ids.indexOf('base/sudoers')).toBeLessThan(ids.indexOf('base/sshd.conf'))
  })
})

describe('etcd', () => {
  it('lists all voters and asks for certificates on both ports', () => {
    expect(filesOf('pi-2')['/etc/default/etcd']).toMatchInlineSnapshot(`
      "# Written by Bramble.
      ETCD_NAME="pi-2"
      ETCD_DATA_DIR="/var/lib/etcd/bramble"
      ETCD_LISTEN_PEER_URLS="https://192.0.2.12:2380"
      ETCD_LISTEN_CLIENT_URLS="https://192.0.2.12:2379,https://127.0.0.1:2379"
      ETCD_INITIAL_ADVERTISE_PEER_URLS="https://192.0.2.12:2380"
      ETCD_ADVERTISE_CLIENT_URLS="https://192.0.2.12:2379"
      ETCD_INITIAL_CLUSTER_TOKEN="bramble-home"
      # A card syncs slowly: elections must not start because of one slow write.
      ETCD_HEARTBEAT_INTERVAL="250"
      ETCD_ELECTION_TIMEOUT="2500"
      # A voter that was cut off asks before it calls an election: the others keep their leader when it comes back.
      ETCD_PRE_VOTE="true"
      # Small and tidy, for a Pi with 1 GB.
      ETCD_QUOTA_BACKEND_BYTES="268435456"
      ETCD_AUTO_COMPACTION_MODE="periodic"
      ETCD_AUTO_COMPACTION_RETENTION="1h"
      ETCD_SNAPSHOT_COUNT="10000"
      # Only holders of a certificate of this cluster may talk to it.
      ETCD_CERT_FILE="/etc/bramble/node.crt"
      ETCD_KEY_FILE="/etc/bramble/etcd.key"
      ETCD_TRUSTED_CA_FILE="/etc/bramble/ca.crt"
      ETCD_CLIENT_CERT_AUTH="true"
      ETCD_PEER_CERT_FILE="/etc/bramble/node.crt"
      ETCD_PEER_KEY_FILE="/etc/bramble/etcd.key"
      ETCD_PEER_TRUSTED_CA_FILE="/etc/bramble/ca.crt"
      ETCD_PEER_CLIENT_CERT_AUTH="true"
      "
    `)
  })

  it('opens the old API for Patroni 3 only', () => {
    expect(filesOf('pi-2')['/etc/default/etcd']).not.toContain('ENABLE_V2')
    expect(filesOf('pi-2', {}, bookworm)['/etc/default/etcd']).toContain('ETCD_ENABLE_V2="true"')
  })
})

describe('postgres', () => {
  const config = (change: Partial<ClusterSpec> = {}, answers?: Answers) =>
    parse(filesOf('pi-2', change, answers)['/etc/patroni/config.yml']!)

  it('picks the way to etcd by the version of Patroni: the release, or what apt and dpkg say', () => {
    expect(Object.keys(config())).toContain('etcd3')
    expect(Object.keys(config({}, bookworm))).toContain('etcd')
    const states = packageStates(['postgresql', 'patroni', 'etcd-server'])
    const backport = {
      ...bookworm,
      over: [
        [
          states,
          {
            postgresql: { installed: '15+248', candidate: '15+248' },
            patroni: { installed: null, candidate: '4.0.4-1~bpo12+1' },
            'etcd-server': { installed: null, candidate: '3.5.16-1' },
          },
        ] as const,
      ],
    }
    expect(Object.keys(config({}, backport))).toContain('etcd3')
  })

  it('keeps the timings in the relation that Patroni needs, for every preset', () => {
    for (const preset of ['fast', 'standard', 'slow-cards'] as const) {
      const { ttl, loop_wait, retry_timeout } = config({ preset }).bootstrap.dcs
      expect(loop_wait + 2 * retry_timeout).toBeLessThanOrEqual(ttl)
      expect(ttl).toBeGreaterThanOrEqual(20)
    }
  })

  it('switches synchronous replication by the spec', () => {
    expect(config().bootstrap.dcs.synchronous_mode).toBe(false)
    expect(config({ synchronous: true }).bootstrap.dcs.synchronous_mode).toBe(true)
  })

  it('lets nobody in without a password or TLS, and the superuser through the local socket only', () => {
    const rules: string[] = config().postgresql.pg_hba
    expect(rules.filter((rule) => /trust|md5|password/.test(rule))).toEqual([])
    expect(rules.filter((rule) => / peer$/.test(rule))).toEqual(['local all postgres peer'])
    for (const rule of rules.filter((line) => line.startsWith('host ') && !line.endsWith('reject')))
      expect(rule).toContain('127.0.0.1/32')
    const superuser = rules.findIndex((rule) => rule.endsWith('reject'))
    const everybody = rules.findIndex((rule) => rule.startsWith('hostssl all all'))
    expect(superuser).toBeLessThan(everybody)
  })
})

describe('balancer', () => {
  it('writes an HAProxy configuration without secrets', () => {
    expect(filesOf('pi-1')['/etc/haproxy/haproxy.cfg']).toMatchInlineSnapshot(`
      "# Written by Bramble.
      global
        log stdout format short daemon info
        user haproxy
        group haproxy
        chroot /var/lib/haproxy
        stats socket /run/haproxy/admin.sock mode 660 level admin
        stats timeout 30s
        # Who was taken out of service stays so: /usr/local/lib/bramble/haproxy-state writes it down.
        server-state-file /var/lib/bramble/haproxy.state
        maxconn 2000
        ssl-default-bind-options ssl-min-ver TLSv1.2 no-tls-tickets

      defaults
        log global
        load-server-state-from-file global
        mode http
        option dontlognull
        timeout connect 2s
        timeout client 60s
        timeout server 60s
        timeout check 2s
        timeout queue 10s
        timeout http-request 10s
        timeout http-keep-alive 10s

      # The site.
      frontend site
        bind :80
        bind :443 ssl crt /etc/haproxy/bramble.pem alpn h2,http/1.1
        option httplog
        option forwardfor
        http-request set-header X-Forwarded-Proto https if { ssl_fc }
        default_backend web

      backend web
        balance roundrobin
        option httpchk
        http-check send meth GET uri /health ver HTTP/1.1 hdr Host health
        http-check expect status 200
        # A web node that dies under a request that it has not answered: the next one gets it.
        option redispatch 1
        retries 2
        retry-on conn-failure empty-response
        default-server inter 1s fastinter 500ms fall 2 rise 1 on-marked-down shutdown-sessions
        server pi-2 192.0.2.12:8000 check
        server pi-3 192.0.2.13:8000 check
        server pi-4 192.0.2.14:8000 check

      # PostgreSQL, read-write: the primary only. Patroni says who that is.
      frontend postgres-read-write
        mode tcp
        option tcplog
        bind :5000
        timeout client 8h
        default_backend postgres-primary

      backend postgres-primary
        mode tcp
        timeout server 8h
        option httpchk
        http-check send meth OPTIONS uri /primary
        http-check expect status 200
        # A client must not go on talking to a primary that was.
        default-server inter 1s fastinter 500ms downinter 1s fall 2 rise 1 on-marked-down shutdown-sessions
        server pi-2 192.0.2.12:5432 check port 8008 check-ssl verify required ca-file /etc/bramble/ca.crt verifyhost pi-2
        server pi-3 192.0.2.13:5432 check port 8008 check-ssl verify required ca-file /etc/bramble/ca.crt verifyhost pi-3
        server pi-4 192.0.2.14:5432 check port 8008 check-ssl verify required ca-file /etc/bramble/ca.crt verifyhost pi-4

      # PostgreSQL, read-only: replicas at most 16 MB behind; without one, the primary.
      frontend postgres-read-only
        mode tcp
        option tcplog
        bind :5001
        timeout client 8h
        use_backend postgres-replicas if { nbsrv(postgres-replicas) gt 0 }
        default_backend postgres-primary

      backend postgres-replicas
        mode tcp
        balance leastconn
        timeout server 8h
        option httpchk
        http-check send meth OPTIONS uri /replica?lag=16MB
        http-check expect status 200
        default-server inter 1s fastinter 500ms downinter 1s fall 2 rise 1
        server pi-2 192.0.2.12:5432 check port 8008 check-ssl verify required ca-file /etc/bramble/ca.crt verifyhost pi-2
        server pi-3 192.0.2.13:5432 check port 8008 check-ssl verify required ca-file /etc/bramble/ca.crt verifyhost pi-3
        server pi-4 192.0.2.14:5432 check port 8008 check-ssl verify required ca-file /etc/bramble/ca.crt verifyhost pi-4

      frontend alive
        bind 127.0.0.1:8405
        option dontlog-normal
        monitor-uri /alive
        http-request return status 200 if { path /primary } { nbsrv(postgres-primary) gt 0 }
        http-request return status 503
      "
    `)
  })

  it('gives balancers distinct priorities, each other as peers, and the interface of the address', () => {
    const machine = { addresses: [{ interface: 'end0', address: '192.0.2.11', prefix: 24 }] }
    const first = filesOf('pi-1', {}, { machine })['/etc/keepalived/keepalived.conf']!
    const second = filesOf('pi-4')['/etc/keepalived/keepalived.conf']!
    const priority = (text: string) => /priority (\d+)/.exec(text)?.[1]
    expect(priority(first)).not.toBe(priority(second))
    expect(first).toContain('interface end0')
    expect(first).toMatch(/unicast_peer \{\s+192\.0\.2\.14\s+\}/)
    expect(second).toMatch(/unicast_peer \{\s+192\.0\.2\.11\s+\}/)
    const nodes = spec.nodes.map((node) =>
      node.name === 'pi-1' ? node : { ...node, roles: node.roles.filter((role) => role !== 'balancer') },
    )
    expect(filesOf('pi-1', { nodes })['/etc/keepalived/keepalived.conf']).not.toContain('unicast')
  })
})

it('configures no frontend and no backend of HAProxy whose figures would not be kept', () => {
  const texts = Object.entries(filesOf('pi-4')).flatMap(([path, text]) => (/haproxy.*\.cfg$/.test(path) ? [text] : []))
  const names = (word: string) =>
    texts.flatMap((text) => [...text.matchAll(new RegExp(`^${word} (\\S+)`, 'gm'))].map((m) => m[1]!))
  expect(names('backend').length).toBeGreaterThan(2)
  expect(names('backend').filter((name) => !knownBackend(name))).toEqual([])
  expect(names('frontend').filter((name) => !knownFrontend(name))).toEqual([])
})
