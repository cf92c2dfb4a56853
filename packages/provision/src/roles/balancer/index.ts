/**
 * balancer: HAProxy in front of the site and the database, and the virtual IP that moves to the next balancer.
 * Port 80 and 443: the web nodes. 5000: the primary. 5001: the replicas. One HAProxy serves web traffic, another one
 * PostgreSQL, so that a reload of the first never touches an open database session. keepalived watches both.
 */
import { domainsFrom, haproxyServices } from '@bramble/cluster'
import {
  because,
  type Facts,
  type RoleContext,
  type RoleDefinition,
  Secret,
  type Step,
  settled,
} from '../../engine/types.ts'
import { haproxyStats } from '../../facts/haproxy.ts'
import { address, machine } from '../../facts/os.ts'
import { type FileStep, file, gate, packages, service } from '../../resources/index.ts'
import { caFile } from '../certificates.ts'
import {
  hostsMap,
  hostsMapPath,
  maintenancePage,
  maintenancePath,
  unknownHostPage,
  unknownHostPath,
} from './apps.cfg.ts'
import { handOver } from './hand-over.ts'
import { haproxyCfg, statisticsCfg } from './haproxy.cfg.ts'
import { httpsSteps } from './https.ts'
import { checkPath, checkScript, keepalivedConf, strangerPath, strangerScript } from './keepalived.conf.ts'
import { postgresCfg, postgresCfgPath, postgresUnit, statisticsPath } from './postgres.cfg.ts'
import { serverKeeperFile, serverKeeperLine } from './server-state.ts'

const { web: webUnit, postgres: databaseUnit } = haproxyServices
const keepalivedUnit = 'keepalived.service'

export const balancer: RoleDefinition = {
  name: 'balancer',
  steps(context) {
    const dropIn = haproxyUnitDropIn()
    const statistics = statisticsFile(context)
    const database = [postgresUnitFile(), postgresFile(context), statistics]
    const https = httpsSteps(context)
    const web = [https.authority, ...appFiles(context), haproxyFile(context)]
    const check = checkFiles(context)
    const keepalived = keepalivedFile(context)
    return [
      serverKeeperFile(),
      dropIn,
      packages({ id: 'balancer/packages', names: packagesOf(context) }),
      // PostgreSQL first: on a balancer whose one HAProxy did both, it listens beside the old one before that lets go.
      ...database,
      service({
        id: 'balancer/haproxy-postgres',
        unit: databaseUnit,
        files: [caFile(context), ...database],
        onChange: 'reload',
      }),
      primaryGate(),
      ...check,
      ...https.files,
      handOver(context.node.name),
      ...web,
      service({
        id: 'balancer/haproxy',
        unit: webUnit,
        files: [dropIn, statistics, ...web],
        onChange: 'reload',
      }),
      ...https.service,
      keepalived,
      service({ id: 'balancer/keepalived', unit: keepalivedUnit, files: [...check, keepalived], onChange: 'reload' }),
      addressGate(context),
    ]
  },
}

const packagesOf = ({ spec }: RoleContext): string[] => [
  ...['haproxy', 'keepalived', 'openssl'],
  ...(domainsFrom(spec, 'acme').length > 0 ? ['lego'] : []),
]

/** Written before the package: a reload keeps the arguments of the first start, so it waits for its files. */
function haproxyUnitDropIn(): FileStep {
  return file({
    id: 'balancer/haproxy.unit',
    path: '/etc/systemd/system/haproxy.service.d/bramble.conf',
    content: `# Managed by Bramble. Local changes are overwritten.
[Unit]
ConditionPathExists=${statisticsPath}
StartLimitIntervalSec=0

[Service]
Environment="EXTRAOPTS=-S /run/haproxy-master.sock -f ${statisticsPath}"
Restart=always
RestartSec=1
ExecStartPre=${serverKeeperLine('web', 'start')}
ExecReload=
ExecReload=${serverKeeperLine('web', 'save')}
ExecReload=/usr/sbin/haproxy -Ws -f $CONFIG -c -q $EXTRAOPTS
ExecReload=/bin/kill -USR2 $MAINPID
`,
    loadedBy: [webUnit],
  })
}

const postgresUnitFile = (): FileStep =>
  file({
    id: 'balancer/haproxy-postgres.unit',
    path: `/etc/systemd/system/${databaseUnit}`,
    content: postgresUnit,
    loadedBy: [databaseUnit],
  })

const validate = ['haproxy', '-c', '-q', '-f', '{}']

const postgresFile = ({ spec }: RoleContext): FileStep =>
  file({
    id: 'balancer/postgres.cfg',
    path: postgresCfgPath,
    content: postgresCfg(spec),
    validate,
    loadedBy: [databaseUnit],
  })

const haproxyFile = ({ spec }: RoleContext): FileStep =>
  file({
    id: 'balancer/haproxy.cfg',
    path: '/etc/haproxy/haproxy.cfg',
    rival: 'HAProxy',
    content: haproxyCfg(spec),
    validate,
    loadedBy: [webUnit],
  })

/** Both are read with the configuration, so they come before it. */
const appFiles = ({ spec }: RoleContext): FileStep[] =>
  (spec.apps ?? []).length === 0
    ? []
    : [
        file({ id: 'balancer/hosts.map', path: hostsMapPath, content: hostsMap(spec), loadedBy: [webUnit] }),
        file({ id: 'balancer/unknown-host', path: unknownHostPath, content: unknownHostPage, loadedBy: [webUnit] }),
        file({ id: 'balancer/maintenance', path: maintenancePath, content: maintenancePage, loadedBy: [webUnit] }),
      ]

const statisticsFile = ({ secrets }: RoleContext): FileStep =>
  file({
    id: 'balancer/statistics.cfg',
    path: statisticsPath,
    content: new Secret(statisticsCfg(secrets.statistics.reveal())),
    mode: 0o600,
    validate,
    loadedBy: [webUnit, databaseUnit],
  })

function checkFiles({ spec }: RoleContext): FileStep[] {
  return [
    file({
      id: 'balancer/address-taken',
      path: strangerPath,
      content: strangerScript,
      mode: 0o755,
      loadedBy: [keepalivedUnit],
    }),
    file({
      id: 'balancer/check',
      path: checkPath,
      content: checkScript(spec.vip),
      mode: 0o755,
      loadedBy: [keepalivedUnit],
    }),
  ]
}

const keepalivedFile = (context: RoleContext): FileStep =>
  file({
    id: 'balancer/keepalived.conf',
    path: '/etc/keepalived/keepalived.conf',
    rival: 'keepalived',
    reads: [machine],
    content: (facts) => new Secret(keepalivedConf(context, interfaceOf(context, facts))),
    mode: 0o600,
    validate: ['keepalived', '-t', '-f', '{}'],
    loadedBy: [keepalivedUnit],
  })

/** The interface of the spec, else the one that carries the node's address. */
function interfaceOf({ spec, node }: RoleContext, facts: Facts): string {
  const own = facts.of(machine).addresses.find((entry) => entry.address === node.address)
  return spec.interface ?? own?.interface ?? 'eth0'
}

/**
 * The address is taken only by a balancer that has a primary behind it. It does not wait for the site: when a run is
 * taken up again node after node, the web nodes may come later.
 */
function primaryGate(): Step {
  return gate({
    id: 'balancer/primary',
    title: 'Wait until HAProxy reports the primary as up',
    reads: [haproxyStats],
    check(facts) {
      const { servers, silent } = facts.of(haproxyStats)
      if (silent.includes('postgres')) return because('HAProxy for PostgreSQL is not responding')
      // One that people took out of service may be the primary: then nobody is to wait for it.
      const opens = ['up', 'drain', 'maint']
      const up = servers.some(({ backend, status }) => backend === 'postgres-primary' && opens.includes(status))
      return up ? settled : because('HAProxy reports no primary as up')
    },
    patience: 900,
    cure: 'Check the postgres nodes on the Postgres page: one of them must be the primary.',
  })
}

function addressGate({ spec }: RoleContext): Step {
  const use = address(spec.vip)
  return gate({
    id: 'balancer/address',
    title: `Wait until a load balancer holds ${spec.vip}`,
    reads: [use],
    check(facts) {
      const { holder, answeredBy } = facts.of(use)
      return holder || answeredBy ? settled : because('no load balancer holds it yet')
    },
    patience: 60,
    cure: 'On a load balancer, "journalctl -u keepalived -n 50" shows why it does not take the address.',
  })
}
