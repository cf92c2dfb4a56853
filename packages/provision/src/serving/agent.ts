/** bramble-apps.service of a node, in parts that follow each other in one program. */
import { readFileSync } from 'node:fs'
import { haproxySockets } from '../facts/haproxy.ts'

const part = (name: string) => readFileSync(new URL(name, import.meta.url), 'utf8')

export const agentPath = '/usr/local/lib/bramble/apps-agent'
export const agentSettingsPath = '/etc/bramble/apps.json'
export const agentUnit = 'bramble-apps.service'

export const agentProgram = [
  '#!/usr/bin/python3 -I\n# Managed by Bramble. Local changes are overwritten. Runs the apps of this node as etcd defines them.\n',
  haproxySockets,
  ...[
    'decide',
    'schedule',
    'agent/etcd',
    'agent/slots',
    'agent/disk',
    'agent/memory',
    'agent/health',
    'agent/balancer',
    'agent/cron',
    'agent/main',
  ].map((name) => part(`./${name}.py`)),
].join('\n')

/** nginx of a slot of a static app, to be filled in. */
export const staticTemplate = part('./agent/static.conf')

export interface AgentSettings {
  node: string
  address: string
  /** Where etcd answers: this node first. */
  endpoints: string[]
  web: boolean
  balancer: boolean
  /** Names of the cluster's apps: the slots of any other one are stopped. */
  apps: string[]
  /** MB of a process whose app does not say how much it needs. */
  memory: number
}

export const agentUnitFile = `# Managed by Bramble. Local changes are overwritten.
[Unit]
Description=Apps of this node
After=network-online.target etcd.service haproxy.service
Wants=network-online.target
StartLimitIntervalSec=0

[Service]
ExecStart=${agentPath} ${agentSettingsPath}
Restart=always
RestartSec=2
OOMScoreAdjust=-200
ProtectHome=yes
PrivateTmp=yes

[Install]
WantedBy=multi-user.target
`
