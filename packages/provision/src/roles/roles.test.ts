import { ClusterSpec, knownBackend, knownFrontend } from '@bramble/cluster'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { type Answers, contextOf, factsFor, spec, stored } from '../../test/context.ts'
import { planSteps } from '../engine/plan.ts'
import { type PutAction, Secret } from '../engine/types.ts'
import { haproxyStats } from '../facts/haproxy.ts'
import { packageStates } from '../facts/packages.ts'
import { keepalivedConf } from './balancer/keepalived.conf.ts'
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
    expect(roles.map((role) => role.name)).toEqual(['base', 'etcd', 'backup', 'postgres', 'web', 'balancer', 'apps']))

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
      "# Managed by Bramble. Local changes are overwritten.
      ETCD_NAME="pi-2"
      ETCD_DATA_DIR="/var/lib/etcd/bramble"
      ETCD_LISTEN_PEER_URLS="https://192.0.2.12:2380"
      ETCD_LISTEN_CLIENT_URLS="https://192.0.2.12:2379,https://127.0.0.1:2379"
      ETCD_INITIAL_ADVERTISE_PEER_URLS="https://192.0.2.12:2380"
      ETCD_ADVERTISE_CLIENT_URLS="https://192.0.2.12:2379"
      ETCD_INITIAL_CLUSTER_TOKEN="bramble-home"
      # SD cards sync slowly: one slow write must not start an election.
      ETCD_HEARTBEAT_INTERVAL="250"
      ETCD_ELECTION_TIMEOUT="2500"
      # A member that was partitioned asks before it starts an election, so the others keep their leader when it returns.
      ETCD_PRE_VOTE="true"
      # Low memory use, for a Pi with 1 GB.
      ETCD_QUOTA_BACKEND_BYTES="268435456"
      ETCD_AUTO_COMPACTION_MODE="periodic"
      ETCD_AUTO_COMPACTION_RETENTION="1h"
      ETCD_SNAPSHOT_COUNT="10000"
      # Only clients with a certificate of this cluster can connect.
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

describe('base', () => {
  it('starts the clock where it stopped, so that one without a battery is not years behind', () => {
    expect(filesOf('pi-1')['/etc/default/chrony']).toMatch(/^DAEMON_OPTS=".* -s"$/m)
  })

  it('keeps what carries the cluster from upgrades that nobody watches', () => {
    const held = /Package-Blacklist \{([^}]*)\}/.exec(filesOf('pi-1')['/etc/apt/apt.conf.d/52bramble-upgrades']!)?.[1]
    for (const name of ['etcd', 'haproxy', 'keepalived', 'patroni', 'pgbackrest', 'postgresql'])
      expect(held).toContain(`"${name}";`)
  })

  it('lets everybody to the database, or the named networks and the nodes', () => {
    const rules = (change: Partial<ClusterSpec> = {}) => filesOf('pi-1', change)['/etc/bramble/firewall.nft']!
    expect(rules()).toMatch(/^ {4}tcp dport \{ 5000, 5001 \} accept/m)
    const named = rules({ database: { ...spec.database, allowFrom: ['192.0.2.0/25', '10.8.0.0/24'] } })
    expect(named).not.toMatch(/^ {4}tcp dport \{ 5000, 5001 \}/m)
    expect(named).toMatch(
      /set database_clients \{[^}]*flags interval[^}]*elements = \{ 192\.0\.2\.0\/25, 10\.8\.0\.0\/24 \}/,
    )
    for (const set of ['database_clients', 'cluster'])
      expect(named).toContain(`ip saddr @${set} tcp dport { 5000, 5001 } accept`)
    const parsed = ClusterSpec.safeParse({ ...spec, database: { allowFrom: ['192.0.2.0'] } })
    expect(parsed.error?.issues[0]).toMatchObject({
      path: ['database', 'allowFrom', 0],
      message: 'must be a network such as 192.168.1.0/24',
    })
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

  it('writes neither statements nor values of rows into the journal', () => {
    const { parameters } = config().postgresql
    expect(parameters.log_min_duration_statement).toBe('-1')
    expect(parameters.log_min_error_statement).toBe('panic')
    expect(parameters.log_error_verbosity).toBe('terse')
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
      "# Managed by Bramble. Local changes are overwritten. PostgreSQL has its own HAProxy: postgres.cfg.
      global
        log stdout format short daemon info
        user haproxy
        group haproxy
        chroot /var/lib/haproxy
        stats socket /run/haproxy/admin.sock mode 660 level admin
        stats timeout 30s
        # Servers in drain or maintenance stay so after a restart: /usr/local/lib/bramble/haproxy-state saves their state.
        server-state-file /var/lib/bramble/haproxy.state
        maxconn 2000
        # After a reload the old process serves open connections. It runs no health checks, so it has to end.
        hard-stop-after 5m
        mworker-max-reloads 10
        ssl-default-bind-options ssl-min-ver TLSv1.2 no-tls-tickets
        # Of TLS 1.2 what has forward secrecy and authenticated encryption. TLS 1.3 has nothing else.
        ssl-default-bind-ciphers ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305

      defaults
        log global
        load-server-state-from-file global
        mode http
        option dontlognull
        # Log only failures and timeouts: writing wears out the card.
        option dontlog-normal
        timeout connect 2s
        timeout client 60s
        timeout server 60s
        # A WebSocket can be idle for a long time. TCP keepalives close dead connections.
        timeout tunnel 1h
        timeout client-fin 30s
        timeout server-fin 30s
        timeout check 2s
        timeout queue 10s
        timeout http-request 10s
        timeout http-keep-alive 10s

      # The site.
      frontend site
        bind :80
        # First what an unknown name gets. bramble-https.service keeps the list of the others.
        bind :443 ssl crt /etc/haproxy/bramble/neutral.pem crt-list /etc/haproxy/bramble/list alpn h2,http/1.1
        option httplog
        # After a reload an idle connection of a browser is closed with its next response.
        option idle-close-on-response
        option clitcpka
        clitcpka-idle 60s
        clitcpka-intvl 20s
        clitcpka-cnt 3
        # HAProxy sets the address of the client; headers from the client are removed. Many servers read "_" in a name as "-".
        http-request del-header ^(x[-_](forwarded|real)[-_].*|forwarded)$ -m reg
        http-request set-header X-Forwarded-For %[src]
        http-request set-header X-Forwarded-Host %[req.hdr(host)] if { req.hdr(host) -m found }
        http-request set-header X-Forwarded-Proto http
        http-request set-header X-Forwarded-Proto https if { ssl_fc }
        http-request return status 200 content-type application/x-x509-ca-cert file /etc/haproxy/site-authority.crt if { req.hdr(host),host_only -m str 192.0.2.100 } { path /.well-known/bramble/site-authority.crt }
        default_backend web

      backend web
        balance roundrobin
        option httpchk
        http-check send meth GET uri /health ver HTTP/1.1 hdr Host health
        http-check expect status 200
        option srvtcpka
        srvtcpka-idle 60s
        srvtcpka-intvl 20s
        srvtcpka-cnt 3
        # If a web node fails before it responds, the request goes to another one. Never a POST: it may have been
        # processed.
        option redispatch 1
        retries 2
        retry-on conn-failure empty-response
        http-request disable-l7-retry unless METH_GET
        default-server inter 1s fastinter 500ms fall 2 rise 1 on-marked-down shutdown-sessions
        server pi-2 192.0.2.12:8000 check
        server pi-3 192.0.2.13:8000 check
        server pi-4 192.0.2.14:8000 check

      frontend alive
        bind 127.0.0.1:8405
        monitor-uri /alive
        http-request return status 503
      "
    `)
  })

  const postgresCfg = (change: Partial<ClusterSpec> = {}) => filesOf('pi-1', change)['/etc/haproxy/postgres.cfg']!

  it('keeps PostgreSQL in a service of its own, whose files do not change with the web nodes', () => {
    const web = filesOf('pi-1')['/etc/haproxy/haproxy.cfg']!
    expect(web).not.toMatch(/postgres-|:5000|:5001/)
    const nodes = spec.nodes.map((node) => ({ ...node, roles: node.roles.filter((role) => role !== 'web') }))
    expect(postgresCfg({ nodes })).toBe(postgresCfg())
    expect(postgresCfg()).not.toContain('/etc/haproxy/bramble/')
    const steps = stepsFor(contextOf('pi-1'))
    const stepOf = (id: string) => steps.find((step) => step.id === id)!
    expect(stepOf('balancer/haproxy-postgres').follows).not.toContain('balancer/haproxy.cfg')
    expect(stepOf('balancer/haproxy-postgres').follows).not.toContain('balancer/certificates')
    expect(stepOf('balancer/haproxy').follows).not.toContain('balancer/postgres.cfg')
  })

  it('ends sessions of vanished peers and old processes, and gives clients what PostgreSQL does not keep for itself', () => {
    const text = postgresCfg()
    const blocks = Object.fromEntries(
      text.split(/\n(?=frontend|backend)/).map((block) => [/^\w+ (\S+)/.exec(block)?.[1], block]),
    )
    for (const name of ['postgres-read-write', 'postgres-read-only']) {
      expect(blocks[name]).toMatch(/option clitcpka\n {2}clitcpka-idle 15s\n {2}clitcpka-intvl 5s\n {2}clitcpka-cnt 3/)
      expect(blocks[name]).toContain(
        'reject if { sc0_conn_cur gt 24 } !{ src 192.0.2.11 192.0.2.12 192.0.2.13 192.0.2.14',
      )
      expect(blocks[name]).toMatch(/set-priority-class sc_conn_cur\(0\)\n.* accept/)
      expect(blocks[name]).toContain('content reject')
    }
    for (const name of ['postgres-primary', 'postgres-replicas']) {
      expect(blocks[name]).toMatch(/option srvtcpka\n {2}srvtcpka-idle 5s\n {2}srvtcpka-intvl 2s\n {2}srvtcpka-cnt 3/)
      expect(blocks[name]).toMatch(/default-server .* maxconn 34 tcp-ut 10s/)
    }
    // A place is free again soon after PostgreSQL ended a session, also when the client keeps its end open.
    expect(text).toMatch(/timeout client-fin 3s\n {2}timeout server-fin 3s/)
    for (const config of [text, filesOf('pi-1')['/etc/haproxy/haproxy.cfg']!])
      expect(config).toMatch(/hard-stop-after 5m\n {2}mworker-max-reloads \d+/)
    expect(parse(filesOf('pi-2')['/etc/patroni/config.yml']!).postgresql.parameters.authentication_timeout).toBe('10s')
  })

  it('moves an older balancer over before the web service lets the ports go, and says what that costs', () => {
    const steps = stepsFor(contextOf('pi-1'))
    const at = (id: string) => steps.findIndex((step) => step.id === id)
    const order = ['haproxy-postgres', 'check', 'hand-over-postgres', 'haproxy.cfg', 'haproxy', 'keepalived']
    expect(order.map((id) => at(`balancer/${id}`)).every((place, i, all) => place > (all[i - 1] ?? -1))).toBe(true)
    const step = steps[at('balancer/hand-over-postgres')]!
    const facts = (web: string) =>
      factsFor([step], {
        over: [
          [
            haproxyStats,
            {
              code: 0,
              stderr: '',
              stdout: JSON.stringify({ web: [['postgres-read-write', 'FRONTEND', '0', web]], postgres: null }),
            },
          ],
        ],
      })
    expect(step.check(facts('OPEN'))).toMatchObject({ settled: false })
    expect(step.check(facts('STOP'))).toEqual({ settled: true })
    expect(step.disrupts?.words).toContain('open database sessions through pi-1 are closed once')
  })

  it('never has a priority that VRRP does not know, however many balancers there are', () => {
    const nodes = Array.from({ length: 32 }, (_, i) => ({
      ...{ name: `pi-${i + 1}`, address: `192.0.2.${i + 11}`, roles: ['balancer' as const] },
    }))
    const last = contextOf('pi-1', { nodes })
    const priorities = nodes.map((node) =>
      Number(/priority (-?\d+)/.exec(keepalivedConf({ ...last, node }, 'eth0'))?.[1]),
    )
    expect(new Set(priorities).size).toBe(32)
    expect(Math.min(...priorities)).toBeGreaterThan(0)
    expect(Math.max(...priorities)).toBeLessThan(255)
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
