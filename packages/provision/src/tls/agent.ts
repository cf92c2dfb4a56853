/** bramble-https.service of a balancer, in parts that follow each other in one program. */
import { readFileSync } from 'node:fs'
import { haproxySockets } from '../facts/haproxy.ts'

const part = (name: string) => readFileSync(new URL(name, import.meta.url), 'utf8')

export const httpsAgentPath = '/usr/local/lib/bramble/https-agent'
export const httpsSettingsPath = '/etc/bramble/https.json'
export const httpsStatusPath = '/var/lib/bramble/https.json'
export const httpsUnit = 'bramble-https.service'
export const issuerPaths = { certificate: '/etc/bramble/site-issuer.crt', key: '/etc/bramble/site-issuer.key' } as const

/** With which balancers encrypt what lies in etcd. */
export const storeKeyPath = '/etc/bramble/https-store.key'

/** Of what HAProxy shows. Nothing else is in this folder. */
export const certificateFolder = '/etc/haproxy/bramble'
export const certificateList = `${certificateFolder}/list`
export const neutralPath = `${certificateFolder}/neutral.pem`
/** The thumbprint of the ACME account, by the word `thumbprint`. */
export const challengesPath = `${certificateFolder}/challenges.map`

export const httpsAgentProgram = [
  '#!/usr/bin/python3 -I\n# Managed by Bramble. Keeps the certificates that HAProxy shows on port 443.\n',
  haproxySockets,
  ...['../serving/agent/etcd', './agent/issue', './agent/runtime', './agent/acme', './agent/main'].map((name) =>
    part(`${name}.py`),
  ),
].join('\n')

export const httpsUnitFile = `# Managed by Bramble. Local changes are overwritten.
[Unit]
Description=Certificates of this load balancer
After=haproxy.service
StartLimitIntervalSec=0

[Service]
ExecStart=${httpsAgentPath} ${httpsSettingsPath}
Restart=always
RestartSec=5
ProtectHome=yes
PrivateTmp=yes
NoNewPrivileges=yes

[Install]
WantedBy=multi-user.target
`
