import { expect, test } from 'vitest'
import { AppSpec } from '../../apps/spec.ts'
import type { AppStatus } from '../../apps/status.ts'
import { BackupSpec } from '../../backup/spec.ts'
import type { ClusterSpec } from '../../spec.ts'
import type { RuleSettings } from '../rule-settings.ts'
import { type AlertLevel, ruleNames, ruleOf, ruleTopics } from '../rules/index.ts'
import { specOf, wellAt, without } from '../specimen.ts'
import type { AppOnNode, ClusterWatch, HaproxyState, NodeState } from '../state.ts'
import { type AppFacts, type Condition, conditionsOf, examine, siteAnswers, type WatchFacts } from './index.ts'

const now = new Date('2026-11-26T12:00:00Z')
const healthyWatch = (spec: ClusterSpec) => JSON.parse(JSON.stringify(wellAt(spec, now.toISOString()))) as ClusterWatch

interface Case {
  what: string
  break: (watch: ClusterWatch, spec: ClusterSpec) => void
  facts?: WatchFacts
  settings?: RuleSettings
  nodes?: number
  /** Everything that is to be told, worst first; `rule node subject`. */
  told: string[]
  /** In the words or the cure of the first one. */
  says: string[]
  /** Of the first one. */
  level?: AlertLevel
}

const of = (watch: ClusterWatch, node: string): NodeState => watch.states.find((state) => state.node === node)!
function takeAway(watch: ClusterWatch, ...names: string[]) {
  watch.states = without(watch, ...names).states
}
function stopEtcd(watch: ClusterWatch, ...names: string[]) {
  for (const name of names) {
    const state = of(watch, name)
    state.etcd = null
    state.silent.etcd = 'connection refused'
    state.machine!.units['etcd.service'] = 'inactive'
  }
}
/** As after the leader's lease has run out. */
function noLeader(watch: ClusterWatch) {
  for (const state of watch.states) {
    if (state.patroni) Object.assign(state.patroni, { role: 'replica', state: 'running' })
    for (const row of state.haproxy?.servers ?? []) if (row.backend.startsWith('postgres')) row.status = 'down'
  }
}
function loseDatabaseService(haproxy: HaproxyState) {
  haproxy.silent = { postgres: 'no answer in time' }
  haproxy.servers = haproxy.servers.filter(({ backend }) => backend === 'web')
}

const setServers = (watch: ClusterWatch, backend: string, status: 'down' | 'maint', only?: string) => {
  for (const { haproxy } of watch.states)
    for (const row of haproxy?.servers ?? [])
      if (row.backend === backend && (!only || row.server === only)) row.status = status
}
const machine = (name: string, change: object) => (watch: ClusterWatch) => {
  Object.assign(of(watch, name).machine!, change)
}
const day = (days: number) => new Date(now.getTime() + days * 86_400_000).toISOString()

const ago = (hours: number) => new Date(now.getTime() - hours * 3_600_000).toISOString()
/** Backups at 03:00, a day apart, are good for 36 hours. */
const backedUp = (_: ClusterWatch, spec: ClusterSpec) => {
  spec.backup = BackupSpec.parse({ repository: { kind: 'node', node: 'pi-1' } })
}
const backup = (newest: string | null, change: object = {}): WatchFacts => ({
  backup: { newest, since: ago(100), trouble: null, ...change },
})

// Of the four: pi-1 and pi-4 balance, pi-2 … pi-4 vote, hold copies (pi-2 is the primary) and carry the site.
const cases: Case[] = [
  { what: 'a backup that is new enough is not told', break: backedUp, facts: backup(ago(35)), told: [], says: [] },
  {
    what: 'a backup older than the schedule allows',
    break: backedUp,
    facts: backup(ago(40)),
    told: ['backup-too-old backup'],
    says: ['40 h old', 'allows 36 h', 'Back up now'],
  },
  {
    what: 'no backup at all, two hours after the cluster was built',
    break: backedUp,
    facts: backup(null),
    told: ['backup-too-old backup'],
    says: ['There is no valid backup'],
  },
  {
    what: 'the first backup gets its time',
    break: backedUp,
    facts: backup(null, { since: ago(1) }),
    told: [],
    says: [],
  },
  {
    what: 'a repository that cannot be read',
    break: backedUp,
    facts: backup(ago(1), { trouble: 'It does not open.' }),
    told: ['backup-too-old repository'],
    says: ['It does not open', 'on pi-1'],
  },
  {
    what: 'the archive does not take the log',
    break: (watch, spec) => {
      backedUp(watch, spec)
      of(watch, 'pi-2').postgres!.archiver = { archivedAt: ago(2), failedAt: ago(0.1) }
    },
    facts: backup(ago(3)),
    told: ['backup-too-old archive'],
    says: ['pi-2 cannot archive its write-ahead log', '2 h ago'],
  },
  {
    what: 'an archive that failed and works again is not told, nor is one before the first backup',
    break: (watch, spec) => {
      backedUp(watch, spec)
      of(watch, 'pi-2').postgres!.archiver = { archivedAt: ago(0.1), failedAt: ago(2) }
    },
    facts: backup(ago(3)),
    told: [],
    says: [],
  },
  {
    what: 'a Pi without power explains its vote, its copy, its site and its lag',
    break: (watch) => {
      takeAway(watch, 'pi-3')
      setServers(watch, 'web', 'down', 'pi-3')
      of(watch, 'pi-2').postgres!.replication[0]!.lagBytes = 90e6
    },
    told: ['node-down pi-3'],
    says: ['pi-3 (192.168.7.13) is unreachable', '2 of 3 etcd members are left', 'one more loss stops the database'],
  },
  {
    what: 'a host key that changed keeps its own cure',
    break: (watch) => {
      takeAway(watch, 'pi-3')
      of(watch, 'pi-3').trouble = { code: 'host-key-changed', message: 'Another key', cure: 'Adopt it again' }
    },
    told: ['node-down pi-3'],
    says: ['Another key.', 'Adopt it again.'],
  },
  {
    what: 'all silent at once is the network of the worker first',
    break: (watch) => takeAway(watch, 'pi-1', 'pi-2', 'pi-3', 'pi-4'),
    told: ['node-down every node'],
    says: ['None of the 4 nodes', '192.168.7.100', 'switch'],
  },
  {
    what: 'two voters without power: both, and the quorum that is gone',
    break: (watch) => {
      takeAway(watch, 'pi-3', 'pi-4')
      Object.assign(of(watch, 'pi-2').etcd!, { healthy: false, hasLeader: false, because: 'no leader' })
      noLeader(watch)
    },
    told: ['node-down pi-3', 'node-down pi-4', 'quorum-lost'],
    says: ['pi-3'],
  },
  {
    what: 'the primary died and the lease still runs',
    break: (watch) => {
      takeAway(watch, 'pi-2')
      setServers(watch, 'postgres-primary', 'down')
    },
    told: ['node-down pi-2', 'no-primary'],
    says: ['pi-2'],
  },
  {
    what: 'no primary though all run',
    break: noLeader,
    told: ['no-primary'],
    says: ['There is no primary: writes fail', 'reads are still served', 'journalctl -u patroni'],
  },
  {
    what: 'no primary because Patroni is paused',
    break: (watch) => {
      noLeader(watch)
      for (const { patroni } of watch.states) if (patroni) patroni.paused = true
    },
    told: ['no-primary', 'failover-paused'],
    says: ['paused', 'resume'],
  },
  {
    what: 'a primary that this worker cannot see but the balancers do',
    break: (watch) => {
      const gone = without(watch, 'pi-2').states.find(({ node }) => node === 'pi-2')!
      Object.assign(of(watch, 'pi-2'), gone)
    },
    told: ['node-down pi-2'],
    says: ['pi-2'],
  },
  {
    what: 'a primary that refuses writes',
    break: (watch) => {
      of(watch, 'pi-2').postgres!.readOnly = true
    },
    told: ['read-only pi-2'],
    says: ['pi-2 is the primary', 'default_transaction_read_only', 'alter system reset'],
  },
  {
    what: 'a read-only card of the primary is the cause, not its effects',
    break: (watch) => {
      Object.assign(of(watch, 'pi-2').machine!, { card: { errors: 44, wear: null, readOnly: true } })
      of(watch, 'pi-2').postgres!.readOnly = true
      of(watch, 'pi-2').machine!.units['systemd-journald.service'] = 'failed'
    },
    told: ['card-read-only pi-2'],
    says: ['read-only', 'Replace the card of pi-2'],
  },
  {
    what: 'one voter stopped',
    break: (watch) => stopEtcd(watch, 'pi-4'),
    told: ['quorum-at-risk'],
    says: ['2 of 3 etcd members are healthy', 'pi-4', 'systemctl start etcd', 'one more loss'],
  },
  {
    what: 'two voters stopped: one alert says it all',
    break: (watch) => {
      stopEtcd(watch, 'pi-3', 'pi-4')
      Object.assign(of(watch, 'pi-2').etcd!, { healthy: false, hasLeader: false, because: 'no leader' })
      noLeader(watch)
    },
    facts: { site: { answers: 10, errors: 10 } },
    told: ['quorum-lost'],
    says: ['0 of 3 members can vote', '2 are required', 'the database is read-only', 'pi-3 etcd is inactive'],
  },
  {
    what: 'failsafe: the quorum is gone and the primary stays',
    break: (watch) => {
      stopEtcd(watch, 'pi-2', 'pi-3', 'pi-4')
    },
    told: ['quorum-lost'],
    says: ['pi-2 stays the primary as long as it reaches all others'],
  },
  {
    what: 'of five voters one more loss is survived',
    nodes: 7,
    break: (watch, spec) => stopEtcd(watch, spec.nodes.find(({ roles }) => roles.includes('etcd'))!.name),
    told: ['unit-failed pi-1 etcd.service'],
    says: ['etcd on pi-1 is stopped'],
  },
  {
    what: 'a full store of etcd',
    break: (watch) => {
      Object.assign(of(watch, 'pi-2').etcd!, { healthy: false, alarms: ['NOSPACE'], because: 'NOSPACE' })
    },
    told: ['etcd-alarm pi-2 NOSPACE'],
    says: ['rejects writes', 'etcdctl alarm disarm'],
  },
  {
    what: 'the virtual IP on nobody, keepalived stopped everywhere',
    break: (watch) => {
      for (const name of ['pi-1', 'pi-4']) {
        of(watch, name).machine!.units['keepalived.service'] = 'inactive'
        of(watch, name).machine!.addresses = []
      }
    },
    told: ['vip-nowhere'],
    says: ['No load balancer holds 192.168.7.100', 'pi-1 and pi-4', 'systemctl start keepalived'],
  },
  {
    what: 'the virtual IP perhaps on the one that cannot be asked',
    break: (watch) => takeAway(watch, 'pi-1'),
    told: ['node-down pi-1', 'vip-nowhere'],
    says: ['pi-1'],
  },
  {
    what: 'the virtual IP on two',
    break: (watch) => {
      of(watch, 'pi-4').machine!.addresses.push('192.168.7.100')
    },
    told: ['vip-twice'],
    says: ['pi-1 and pi-4', 'VRRP id 51', 'ip addr del 192.168.7.100'],
  },
  {
    what: 'the site gone everywhere, its errors and its servers follow',
    break: (watch) => {
      setServers(watch, 'web', 'down')
      for (const { web, machine } of watch.states)
        if (web && machine) {
          Object.assign(web, { healthy: false, because: 'connection refused' })
          machine.units['bramble-site.service'] = 'inactive'
        }
    },
    facts: { site: { answers: 5, errors: 5 } },
    told: ['backend-down web'],
    says: ['web has no server in service', '503', 'journalctl -u bramble-site'],
  },
  {
    what: 'all taken out by hand',
    break: (watch) => setServers(watch, 'web', 'maint'),
    told: ['backend-down web'],
    says: ['manually', 'ready again'],
  },
  {
    what: 'no replica for the readers, though they follow',
    break: (watch) => setServers(watch, 'postgres-replicas', 'down'),
    told: ['backend-down postgres-replicas'],
    says: ['go to the primary'],
  },
  {
    what: 'one site stopped',
    break: (watch) => {
      setServers(watch, 'web', 'down', 'pi-3')
      Object.assign(of(watch, 'pi-3').web!, { healthy: false, because: 'connection refused' })
      of(watch, 'pi-3').machine!.units['bramble-site.service'] = 'inactive'
    },
    told: ['server-down pi-3 web'],
    says: ['bramble-site is inactive', '2 of 3 web nodes are left', 'systemctl start bramble-site'],
  },
  {
    what: 'one site that answers 500',
    break: (watch) => {
      setServers(watch, 'web', 'down', 'pi-3')
      Object.assign(of(watch, 'pi-3').web!, { healthy: false, because: 'it answers 500' })
    },
    told: ['server-down pi-3 web'],
    says: ['it answers 500', 'curl -i http://127.0.0.1:8000/health'],
  },
  {
    what: 'a server in maintenance is nobody’s business',
    break: (watch) => setServers(watch, 'web', 'maint', 'pi-3'),
    told: [],
    says: [],
  },
  {
    what: 'the balancers cannot reach the Patroni of the primary',
    break: (watch) => setServers(watch, 'postgres-primary', 'down'),
    told: ['backend-down postgres-primary'],
    says: ['port 5000', 'port 8008'],
  },
  {
    what: 'one balancer cannot reach one replica',
    break: (watch) => {
      const rows = of(watch, 'pi-1').haproxy!.servers
      rows.find((row) => row.backend === 'postgres-replicas' && row.server === 'pi-3')!.status = 'down'
    },
    told: ['server-down pi-3 postgres-replicas'],
    says: ['HAProxy on pi-1 marks the replica on pi-3 as down', '8008'],
  },
  {
    what: 'errors of the site',
    break: () => undefined,
    facts: { site: { answers: 20, errors: 3 } },
    told: ['site-errors'],
    says: ['15 %', '3.0 of 20', '5xx'],
  },
  {
    what: 'a rare error is none',
    break: () => undefined,
    facts: { site: { answers: 0.1, errors: 0.1 } },
    told: [],
    says: [],
  },
  {
    what: 'a copy that does not run',
    break: (watch) => {
      of(watch, 'pi-3').patroni!.state = 'start failed'
      of(watch, 'pi-3').postgres = null
    },
    told: ['replica-missing pi-3'],
    says: ['start failed', '2 of 3 copies', 'reinit shelf pi-3'],
  },
  {
    what: 'Patroni stopped on a replica: its unit says no more',
    break: (watch) => {
      of(watch, 'pi-3').patroni = null
      of(watch, 'pi-3').silent.patroni = 'connection refused'
      of(watch, 'pi-3').machine!.units['patroni.service'] = 'inactive'
      setServers(watch, 'postgres-replicas', 'down', 'pi-3')
    },
    told: ['replica-missing pi-3'],
    says: ['Patroni is inactive', 'systemctl start patroni'],
  },
  {
    what: 'the last copy stands alone',
    break: (watch) => {
      for (const name of ['pi-3', 'pi-4']) of(watch, name).patroni!.state = 'stopped'
      setServers(watch, 'postgres-replicas', 'down')
    },
    told: ['replica-missing pi-3', 'replica-missing pi-4'],
    says: ['1 of 3 copies', 'so is the data'],
  },
  {
    what: 'lag in bytes',
    break: (watch) => {
      of(watch, 'pi-2').postgres!.replication[0]!.lagBytes = 90e6
    },
    told: ['replica-lag pi-3'],
    says: ['90 MB behind the primary pi-2', '16 MB'],
  },
  {
    what: 'lag in seconds',
    break: (watch) => {
      of(watch, 'pi-2').postgres!.replication[1]!.lagSeconds = 300
    },
    told: ['replica-lag pi-4'],
    says: ['5 min'],
  },
  {
    what: 'paused',
    break: (watch) => {
      of(watch, 'pi-3').patroni!.paused = true
    },
    told: ['failover-paused'],
    says: ['no replica takes over', 'resume shelf'],
  },
  {
    what: 'the slot of a member that is away',
    break: (watch) => {
      takeAway(watch, 'pi-3')
      of(watch, 'pi-2').postgres!.slots.push({ name: 'pi_3', active: false, retained: 2e9 })
    },
    told: ['node-down pi-3', 'slot-retains-wal pi-2 pi_3'],
    says: [],
  },
  {
    what: 'a slot that nobody knows, with a hostile name',
    break: (watch) => {
      of(watch, 'pi-2').postgres!.slots.push({ name: `x'); drop table a; --`, active: false, retained: 2e9 })
    },
    told: [`slot-retains-wal pi-2 x'); drop table a; --`],
    says: ['2 GB of WAL', "pg_drop_replication_slot('…')"],
  },
  {
    what: 'connections',
    break: (watch) => {
      of(watch, 'pi-2').postgres!.connections = {
        active: 2,
        idle: 33,
        idleInTransaction: 0,
        waiting: 0,
        other: 1,
        max: 40,
      }
    },
    told: ['connections-near-max pi-2'],
    says: ['36 of the 37 connections', '33 of them idle', 'smaller connection pools'],
  },
  {
    what: 'connections that clients cannot have count as none: what is reserved, and what Bramble itself takes',
    break: (watch) => {
      of(watch, 'pi-2').postgres!.connections = {
        ...{ active: 3, idle: 30, idleInTransaction: 0, waiting: 0, other: 0, max: 40, reserved: 3, own: 3 },
      }
    },
    told: ['connections-near-max pi-2'],
    says: ['30 of the 34 connections', 'new clients will soon have to wait'],
  },
  {
    what: 'clients that never sign in, which PostgreSQL does not count, and one who waits because of them',
    break: (watch) => {
      for (const state of watch.states) for (const row of state.haproxy?.servers ?? []) row.sessions = 0
      const { haproxy } = of(watch, 'pi-1')
      const row = haproxy!.servers.find(({ backend, server }) => backend === 'postgres-primary' && server === 'pi-2')
      Object.assign(row!, { sessions: 34, limit: 34 })
      haproxy!.waiting = { 'postgres-primary': 1 }
    },
    told: ['connections-near-max pi-2'],
    says: [
      '34 of the 34 connections',
      'have not authenticated',
      '1 client waits for one and is refused after 20 s',
      'allowFrom',
    ],
  },
  {
    what: 'a forgotten transaction; its query stays in the house',
    break: (watch) => {
      const query = `update people set password = 'hunter2'`
      of(watch, 'pi-2').postgres!.longest = { seconds: 4000, user: 'app', state: 'idle in transaction', query }
    },
    told: ['long-transaction pi-2'],
    says: ['67 min', 'app', 'did not commit'],
  },
  {
    what: 'disk 90 %',
    break: machine('pi-3', { diskFree: 2.9e9 }),
    told: ['disk-full pi-3'],
    says: ['91 % full', '2.9 GB of 31.1 GB'],
  },
  {
    what: 'disk 97 %',
    break: machine('pi-3', { diskFree: 0.9e9 }),
    told: ['disk-full pi-3'],
    says: ['97 %', 'PostgreSQL first'],
  },
  { what: 'memory', break: machine('pi-3', { memoryUsed: 0.97 }), told: ['memory pi-3'], says: ['97 % of its 4.3 GB'] },
  { what: 'swap', break: machine('pi-3', { swapUsed: 2e9 }), told: ['memory pi-3'], says: ['swapped out 2 GB'] },
  { what: 'hot', break: machine('pi-3', { temperature: 82 }), told: ['temperature pi-3'], says: ['82 °C', 'fan'] },
  {
    what: 'undervoltage explains being slowed down',
    break: machine('pi-3', { power: { ...power(), undervoltage: true, throttled: true } }),
    told: ['undervoltage pi-3'],
    says: ['4.63 V', 'cable'],
  },
  {
    what: 'slowed down alone',
    break: machine('pi-3', { power: { ...power(), capped: true } }),
    told: ['throttled pi-3'],
    says: ['vcgencmd get_throttled'],
  },
  {
    what: 'undervoltage long ago',
    break: machine('pi-3', { power: { ...power(), undervoltageSinceBoot: true, throttledSinceBoot: true } }),
    told: [],
    says: [],
  },
  {
    what: 'card errors',
    break: machine('pi-3', { card: { errors: 3, wear: null, readOnly: false } }),
    told: ['card-errors pi-3'],
    says: ['3 errors', 'dmesg'],
  },
  {
    what: 'card worn',
    break: machine('pi-3', { card: { errors: 0, wear: 0.9, readOnly: false } }),
    told: ['card-worn pi-3'],
    says: ['90 %'],
  },
  {
    what: 'clock',
    break: machine('pi-3', { clockOffset: -40 }),
    told: ['clock-off pi-3'],
    says: ['40 s behind', 'chronyc'],
  },
  {
    what: 'no time server',
    break: machine('pi-3', { clockSynced: false }),
    told: ['clock-off pi-3'],
    says: ['no time server'],
  },
  {
    what: 'the clock of the worker itself',
    break: (watch) => {
      for (const { machine } of watch.states) machine!.clockOffset += 25
    },
    told: ['clock-off every node'],
    says: ['All 4 nodes agree', 'its own clock is wrong', 'timedatectl'],
  },
  {
    what: 'a certificate that was not renewed',
    break: machine('pi-3', { certificateUntil: day(20) }),
    told: ['certificate-ending pi-3'],
    says: ['expires in 20 days', '2026-12-16', 'not renewed'],
  },
  {
    what: 'a certificate of an older version that has just been issued for a year',
    break: machine('pi-3', { certificateFrom: day(-1), certificateUntil: day(365) }),
    told: [],
    says: [],
  },
  {
    what: 'a certificate that ended',
    break: machine('pi-3', { certificateUntil: day(-1) }),
    told: ['certificate-ending pi-3'],
    says: ['expired on 2026-11-25'],
  },
  {
    what: 'a unit that failed',
    break: (watch) => {
      of(watch, 'pi-3').machine!.units['chrony.service'] = 'failed'
    },
    told: ['unit-failed pi-3 chrony.service'],
    says: ['chrony on pi-3 has failed', 'journalctl -u chrony'],
  },
  {
    what: 'a time service that does not run in a container',
    break: (watch) => {
      of(watch, 'pi-3').machine!.units['chrony.service'] = 'inactive'
    },
    told: [],
    says: [],
  },
  {
    what: 'one keepalived stopped',
    break: (watch) => {
      of(watch, 'pi-4').machine!.units['keepalived.service'] = 'inactive'
    },
    told: ['unit-failed pi-4 keepalived.service'],
    says: ['keepalived on pi-4 is stopped'],
  },
  {
    what: 'a service that runs and does not answer',
    break: (watch) => {
      of(watch, 'pi-4').haproxy = null
      of(watch, 'pi-4').silent.haproxy = 'no answer on its socket in 2 s'
    },
    told: ['unit-failed pi-4 haproxy.service'],
    says: ['HAProxy on pi-4 is running but not responding: no answer on its socket'],
  },
  {
    what: 'a balancer of which only the HAProxy for PostgreSQL is dead',
    break: (watch) => {
      of(watch, 'pi-4').machine!.units['haproxy-postgres.service'] = 'failed'
      loseDatabaseService(of(watch, 'pi-4').haproxy!)
    },
    told: ['unit-failed pi-4 haproxy-postgres.service'],
    says: ['HAProxy for PostgreSQL on pi-4 has failed', 'journalctl -u haproxy-postgres'],
  },
  {
    what: 'a balancer of which only the HAProxy for PostgreSQL hangs',
    break: (watch) => loseDatabaseService(of(watch, 'pi-4').haproxy!),
    told: ['unit-failed pi-4 haproxy-postgres.service'],
    says: ['HAProxy for PostgreSQL on pi-4 is running but not responding: no answer in time'],
  },
  {
    what: 'a balancer of an older Bramble, where one HAProxy serves both',
    break: (watch) => {
      of(watch, 'pi-4').machine!.units['haproxy-postgres.service'] = 'inactive'
    },
    told: [],
    says: [],
  },
  {
    what: 'reboot',
    break: machine('pi-3', { rebootRequired: true }),
    told: ['reboot-required pi-3'],
    says: ['sudo reboot'],
  },
  {
    what: 'updates',
    break: machine('pi-3', { pendingUpgrades: 12 }),
    told: ['upgrades-pending pi-3'],
    says: ['12 packages'],
  },
  {
    what: 'security updates',
    break: machine('pi-3', { securityUpgrades: ['postgresql-17', 'postgresql-client-17', 'etcd-server', 'haproxy'] }),
    told: ['security-update pi-3'],
    says: ['postgresql-17, postgresql-client-17, etcd-server and 1 more', 'Update packages'],
  },
  {
    what: 'a run that failed',
    break: () => undefined,
    facts: {
      lastRun: { id: 'r1', kind: 'provision', status: 'failed', endedAt: day(-1), message: 'pi-3: apt refused' },
    },
    told: ['run-failed r1'],
    says: ['pi-3: apt refused.', 'Retry'],
  },
  {
    what: 'a run that failed long ago, or went well',
    break: () => undefined,
    facts: { lastRun: { id: 'r1', kind: 'provision', status: 'failed', endedAt: day(-8), message: 'x' } },
    told: [],
    says: [],
  },
  {
    what: 'nobody looks',
    break: (watch) => {
      watch.at = new Date(now.getTime() - 45_000).toISOString()
    },
    told: ['watching-stopped'],
    says: ['45 s', './bramble up'],
  },
  {
    what: 'an old primary that kept its data',
    break: (watch) => {
      const at = new Date(now.getTime() - 7_200_000).toISOString()
      of(watch, 'pi-3').machine!.keptData = { path: '/var/lib/postgresql/17/shelf.kept', at, bytes: 45e6 }
    },
    told: ['kept-data pi-3'],
    says: ['pi-3 keeps 45 MB', '2 h ago', '/var/lib/postgresql/17/shelf.kept', 'press Delete kept data'],
  },
  {
    what: "Bramble's host is short of disk",
    break: () => undefined,
    facts: { hostDisk: { host: 'attic', folder: '/srv/bramble', free: 1.6e9, images: 5.2e9, uploads: 0.4e9 } },
    told: ['host-disk'],
    level: 'warning',
    says: ['attic has 1.6 GB free', 'images use 5.2 GB, uploads 400 MB'],
  },
  {
    what: "Bramble's host has hardly any disk left",
    break: () => undefined,
    facts: { hostDisk: { host: 'attic', folder: '/srv/bramble', free: 0.9e9, images: 0, uploads: 0 } },
    told: ['host-disk'],
    level: 'critical',
    says: ['900 MB'],
  },
  {
    what: "Bramble's host has space",
    break: () => undefined,
    facts: { hostDisk: { host: 'attic', folder: '/srv/bramble', free: 2.1e9, images: 9e9, uploads: 0 } },
    told: [],
    says: [],
  },
]

cases.push(
  {
    what: 'an app that no node answers for, and that keeps ending',
    break: (watch, spec) => {
      haveApp(spec, watch, { up: 0, down: 3 })
      onNode(watch, 'pi-2', { lately: { restarts: 8, killed: 0 } })
    },
    told: ['app-down shop'],
    level: 'critical',
    says: ['The app shop answers on none', '503'],
  },
  {
    what: 'an app that somebody stopped',
    break: (watch, spec) => haveApp(spec, watch, { up: 0, down: 3 }),
    facts: { apps: [stopped()] },
    told: [],
    says: [],
  },
  {
    what: 'an app that is served by some nodes, and one that is deployed nowhere',
    break: (watch, spec) => {
      haveApp(spec, watch, { up: 1, down: 2 })
      for (const { haproxy } of watch.states) if (haproxy) haproxy.apps = { ...haproxy.apps, idle: { up: 0, down: 0 } }
    },
    told: [],
    says: [],
  },
  {
    what: 'an app that keeps ending on one node',
    break: (watch, spec) => {
      haveApp(spec, watch, { up: 2, down: 1 })
      onNode(watch, 'pi-2', { lately: { restarts: 7, killed: 0 } })
      onNode(watch, 'pi-3', { lately: { restarts: 3, killed: 0 } })
    },
    told: ['app-restarts pi-2 shop'],
    says: ['ended on pi-2', '7 times'],
  },
  {
    what: 'an app that the kernel ends because its memory is used up',
    break: (watch, spec) => {
      haveApp(spec, watch, { up: 3, down: 0 })
      onNode(watch, 'pi-2', { lately: { restarts: 5, killed: 5 } })
    },
    told: ['app-memory pi-2 shop'],
    says: ['The kernel ended a process of shop on pi-2', '5 times'],
  },
  {
    what: 'an app near its memory limit',
    break: (watch, spec) => {
      haveApp(spec, watch, { up: 3, down: 0 })
      onNode(watch, 'pi-3', { nearest: { process: 'worker', used: 95e6, limit: 100e6 } })
      onNode(watch, 'pi-2', { nearest: { process: 'web', used: 89e6, limit: 100e6 } })
    },
    told: ['app-memory pi-3 shop'],
    says: ['The process worker of shop uses 95 % of the 100 MB that it may have on pi-3'],
  },
  {
    what: 'a deploy that failed',
    break: (watch, spec) => haveApp(spec, watch, { up: 3, down: 0 }),
    facts: {
      apps: [{ ...shop(), failed: { id: '1', kind: 'restart-app', endedAt: day(-1), outcome: 'It ends at once.' } }],
    },
    told: ['deploy-failed shop'],
    says: ['The last restart of shop failed: It ends at once.'],
  },
  {
    what: 'a deploy that failed long ago',
    break: (watch, spec) => haveApp(spec, watch, { up: 3, down: 0 }),
    facts: {
      apps: [{ ...shop(), failed: { id: '1', kind: 'deploy', endedAt: day(-8), outcome: 'It ends at once.' } }],
    },
    told: [],
    says: [],
  },
  {
    what: 'nodes and a balancer with an older release',
    break: (watch, spec) => haveApp(spec, watch, { up: 3, down: 0 }),
    facts: {
      apps: [
        shop(
          [
            { node: 'pi-2', state: 'missing' },
            { node: 'pi-3', release: 'b'.repeat(64) },
            { node: 'pi-4', state: 'failed' },
          ],
          ['pi-1'],
        ),
      ],
    },
    told: ['app-behind pi-1 shop', 'app-behind pi-2 shop', 'app-behind pi-3 shop'],
    says: ['HAProxy on pi-1 sends requests for shop to an older release'],
  },
  {
    what: 'a report about apps that is old',
    break: (watch, spec) => haveApp(spec, watch, { up: 3, down: 0 }),
    facts: { apps: [{ ...shop([{ node: 'pi-2', state: 'missing' }]), seenAt: day(-1) }] },
    told: [],
    says: [],
  },
)

function haveApp(spec: ClusterSpec, watch: ClusterWatch, servers: { up: number; down: number }) {
  spec.apps = [AppSpec.parse({ name: 'shop' })]
  for (const state of watch.states) {
    if (state.haproxy) state.haproxy.apps = { shop: servers }
    if (state.web)
      state.apps = { shop: { memory: 50e6, nearest: null, processes: 1, lately: { restarts: 0, killed: 0 } } }
  }
}
const onNode = (watch: ClusterWatch, node: string, change: Partial<AppOnNode>) =>
  Object.assign(of(watch, node).apps!.shop!, change)

function shop(slots: Partial<AppStatus['slots'][number]>[] = [], behind: string[] = []): AppFacts {
  const release = 'a'.repeat(64)
  const own = { slot: 'a' as const, release, state: 'ready' as const, message: null, restarts: 0 }
  const nodes = ['pi-2', 'pi-3', 'pi-4']
  const reported = nodes.map((node) => ({ ...own, node, ...slots.find((slot) => slot.node === node) }))
  const serving = { generation: 3, release, slot: 'a' as const, nodes }
  return {
    name: 'shop',
    status: { serving, availability: 'running', cron: [], slots: reported, silent: [], behind, unlimited: [] },
    seenAt: now.toISOString(),
    failed: null,
  }
}

function stopped(): AppFacts {
  const { status, ...rest } = shop()
  return { ...rest, status: status && { ...status, availability: 'stopped', slots: [] } }
}

function power() {
  return {
    ...{ undervoltage: false, throttled: false, capped: false },
    ...{ undervoltageSinceBoot: false, throttledSinceBoot: false },
  }
}

const key = ({ rule, node, subject }: Condition) => [rule, node, subject].filter(Boolean).join(' ')

test.each([3, 4, 5, 7])('a cluster of %i Pis that is well raises nothing', (nodes) => {
  const spec = specOf(nodes)
  const facts = { site: { answers: 100, errors: 0 }, lastRun: null }
  expect(conditionsOf({ spec, watch: healthyWatch(spec), now, facts })).toEqual([])
  expect(conditionsOf({ spec, watch: { at: null, states: [] }, now })).toEqual([])
})

test.each(cases)('$what', ({ break: change, facts, settings, nodes, told, says, level }) => {
  const spec = specOf(nodes ?? 4)
  const watch = healthyWatch(spec)
  change(watch, spec)
  const conditions = conditionsOf({ spec, watch, now, facts, settings })
  expect(conditions.map(key)).toEqual(told)
  const first = conditions[0]
  if (level) expect(first?.level).toBe(level)
  for (const part of says) expect(`${first?.words} ${first?.cure}`).toContain(part)
  for (const { words, cure } of conditions) {
    expect(words).toMatch(/^([A-Z0-9]|pi-|etcd|keepalived|chrony).*\.$/s)
    expect(cure).toMatch(/^([A-Z]|pi-|keepalived).*\.$/s)
    expect(`${words} ${cure}`).not.toMatch(/undefined|NaN|null|hunter2|\.\.|\s\s/)
  }
})

test('every rule is fired by one of these cases', () => {
  const fired = new Set(cases.flatMap(({ told }) => told.map((entry) => entry.split(' ')[0])))
  expect([...fired].toSorted()).toEqual([...ruleNames].toSorted())
})

test('levels rise with the value', () => {
  const level = (change: object) => {
    const spec = specOf(4)
    const watch = healthyWatch(spec)
    machine('pi-3', change)(watch)
    return conditionsOf({ spec, watch, now })[0]?.level
  }
  expect([level({ diskFree: 4e9 }), level({ diskFree: 1e9 })]).toEqual(['warning', 'critical'])
  expect([level({ temperature: 81 }), level({ temperature: 86 })]).toEqual(['warning', 'critical'])
  const certificate = (year: number) => level({ certificateUntil: day(year * 365) })
  expect([certificate(5), certificate(3.5), certificate(0.5)]).toEqual([undefined, 'warning', 'critical'])
  const older = (left: number) => level({ certificateFrom: day(left - 366), certificateUntil: day(left) })
  expect([older(80), older(60), older(10)]).toEqual([undefined, 'warning', 'critical'])
  expect([level({ clockOffset: 2 }), level({ clockOffset: 31 })]).toEqual(['warning', 'critical'])
})

test('thresholds are those that a person set, and a rule can be off', () => {
  const spec = specOf(4)
  const watch = healthyWatch(spec)
  const at = (settings: RuleSettings) => conditionsOf({ spec, watch, now, settings }).map(key)
  expect(at({ temperature: { thresholds: { warning: 45 } } })).toHaveLength(4)
  takeAway(watch, 'pi-3')
  expect(at({})).toEqual(['node-down pi-3'])
  // Without its cause the effect speaks for itself.
  expect(at({ 'node-down': { enabled: false } })).toEqual([
    'quorum-at-risk',
    'replica-missing pi-3',
    'server-down pi-3 web',
  ])
})

test('what cannot be seen is neither new nor over', () => {
  const spec = specOf(4)
  const watch = healthyWatch(spec)
  takeAway(watch, 'pi-3')
  of(watch, 'pi-4').postgres = null
  const { unknown } = examine({ spec, watch, now })
  expect(unknown('disk-full', 'pi-3')).toBe(true)
  expect(unknown('disk-full', 'pi-4')).toBe(false)
  expect(unknown('long-transaction', 'pi-4')).toBe(true)
  expect(unknown('node-down', 'pi-3')).toBe(false)
  expect(unknown('replica-missing', 'pi-4')).toBe(false)
  expect(unknown('disk-full', 'a-node-that-left')).toBe(false)
  expect(unknown('no-primary', null)).toBe(false)
  expect(unknown('site-errors', null)).toBe(true)
  expect(unknown('run-failed', null)).toBe(true)
  takeAway(watch, 'pi-2', 'pi-4')
  expect(examine({ spec, watch, now }).unknown('no-primary', null)).toBe(true)
})

test('consequences name their cause', () => {
  const spec = specOf(4)
  const watch = healthyWatch(spec)
  takeAway(watch, 'pi-3')
  const { consequences } = examine({ spec, watch, now })
  expect(consequences.map(({ rule, cause }) => [rule, cause.rule, cause.node])).toEqual([
    ['quorum-at-risk', 'node-down', 'pi-3'],
    ['replica-missing', 'node-down', 'pi-3'],
    ['server-down', 'node-down', 'pi-3'],
  ])
})

test('the answers of the site are those of all balancers', () => {
  const values = { responses2xx: 5, responses5xx: 1 }
  expect(
    siteAnswers([
      { kind: 'frontend', node: 'pi-1', name: 'site', values },
      { kind: 'frontend', node: 'pi-4', name: 'site', values: { responses3xx: 2 } },
      { kind: 'frontend', node: 'pi-4', name: 'alive', values: { responses5xx: 9 } },
    ]),
  ).toEqual({ answers: 8, errors: 1 })
  expect(siteAnswers([])).toBeNull()
})

test('every rule stands under one topic, says what it means, and its thresholds lie within their bounds', () => {
  expect(Object.values(ruleTopics).flat().toSorted()).toEqual(ruleNames.toSorted())
  for (const name of ruleNames) {
    const { means, title, thresholds } = ruleOf(name)
    expect(means).toMatch(/^([A-Z]|etcd).*\.$/)
    expect(title.length).toBeLessThan(30)
    for (const { value, least, most } of Object.values(thresholds)) {
      expect(value).toBeGreaterThanOrEqual(least)
      expect(value).toBeLessThanOrEqual(most)
    }
  }
})
