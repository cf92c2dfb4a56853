/**
 * web: a small site on port 8000 behind the balancers that shows its node and proves the path to the database.
 * It writes and reads one row per visit through the virtual IP's read-write port, over verified TLS.
 */
import { readFileSync } from 'node:fs'
import { because, type RoleContext, type RoleDefinition, Secret, type Step, settled } from '../../engine/types.ts'
import { http } from '../../facts/http.ts'
import { caPath } from '../../facts/identity.ts'
import { type FileStep, file, gate, packages, service } from '../../resources/index.ts'
import { caFile } from '../certificates.ts'

const unit = 'bramble-site.service'
const sitePath = '/usr/local/lib/bramble/site.py'
const settingsPath = '/etc/bramble/site.json'
const site = readFileSync(new URL('./site.py', import.meta.url), 'utf8')

export const web: RoleDefinition = {
  name: 'web',
  steps(context) {
    const files = [programFile(), settingsFile(context), unitFile()]
    return [
      packages({ id: 'web/packages', names: ['python3', 'python3-psycopg2'] }),
      ...files,
      service({
        id: 'web/service',
        unit,
        files: [caFile(context), ...files],
        disrupts: { what: 'web', words: `the site restarts on ${context.node.name}` },
      }),
      aliveGate(),
    ]
  },
}

function programFile(): FileStep {
  return file({ id: 'web/site', path: sitePath, content: site, mode: 0o755, loadedBy: [unit] })
}

/** Only root reads it; systemd hands it to the site's short-lived user as a credential. */
function settingsFile({ spec, node, secrets }: RoleContext): FileStep {
  const settings = {
    node: node.name,
    cluster: spec.name,
    database: {
      host: spec.vip,
      port: 5000,
      dbname: spec.database.name,
      user: spec.database.user,
      password: secrets.application.reveal(),
      sslmode: 'verify-full',
      sslrootcert: caPath,
    },
  }
  return file({
    id: 'web/settings',
    path: settingsPath,
    content: new Secret(`${JSON.stringify(settings, null, 2)}\n`),
    mode: 0o600,
    loadedBy: [unit],
  })
}

function unitFile(): FileStep {
  return file({
    id: 'web/unit',
    path: `/etc/systemd/system/${unit}`,
    content: `# Managed by Bramble. Local changes are overwritten.
[Unit]
Description=Sample site of Bramble
After=network-online.target
Wants=network-online.target
StartLimitIntervalSec=0

[Service]
ExecStart=/usr/bin/python3 -I ${sitePath}
LoadCredential=settings:${settingsPath}
DynamicUser=yes
Restart=always
RestartSec=2
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
PrivateDevices=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
MemoryDenyWriteExecute=yes
MemoryMax=128M
TasksMax=64

[Install]
WantedBy=multi-user.target
`,
    loadedBy: [unit],
  })
}

function aliveGate(): Step {
  const health = http('http://127.0.0.1:8000/health')
  return gate({
    id: 'web/alive',
    title: 'Wait until the site responds',
    reads: [health],
    check(facts) {
      const { status, error } = facts.of(health)
      return status === 200 ? settled : because(error ?? `HTTP status ${status}`)
    },
    patience: 60,
    cure: `On the Pi, "journalctl -u ${unit} -n 50" shows why it does not respond.`,
  })
}
