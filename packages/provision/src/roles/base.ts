/**
 * base: what every Pi of the cluster is before it is anything else.
 * Name, time, security updates, a firewall that lets the cluster's ports in from the cluster only, and SSH by key.
 * The SSH and sudo steps come late: until then the login that was given keeps working.
 */

import { command } from '../engine/command.ts'
import { fileState } from '../engine/file.ts'
import { because, type RoleContext, type RoleDefinition, type Step, settled } from '../engine/types.ts'
import { machine } from '../facts/os.ts'
import {
  authorizedKey,
  type FileStep,
  file,
  gate,
  hosts,
  packages,
  revokedKeys,
  service,
  unlessContainer,
} from '../resources/index.ts'
import { memoryCgroup } from '../resources/memory-cgroup.ts'
import { caFile, certificateFile, identityStep, keyFile } from './certificates.ts'
import { firewallRules, firewallUnit } from './firewall.ts'

export const base: RoleDefinition = {
  name: 'base',
  steps: (context) => [
    aptSettings(context),
    hosts({
      id: 'base/hosts',
      own: context.node.name,
      entries: context.spec.nodes.map(({ address, name }) => ({ address, name })),
    }),
    hostname(context),
    packages({
      id: 'base/packages',
      names: ['ca-certificates', 'chrony', 'iproute2', 'nftables', 'sudo', 'tzdata', 'unattended-upgrades'],
    }),
    timezone(context),
    ...time(context),
    ...securityUpdates(),
    ...journal(),
    caFile(context),
    identityStep(context),
    certificateFile(context),
    keyFile(context, 'base'),
    ...firewall(context),
    authorizedKey({
      id: 'base/ssh-key',
      title: 'Authorize the SSH key of Bramble',
      user: context.spec.ssh.user,
      key: context.secrets.ssh.publicKey,
    }),
    ...revokedKeys({
      id: 'base/ssh-key-revoked',
      title: 'Remove revoked SSH keys',
      user: context.spec.ssh.user,
      revoked: context.secrets.ssh.revokedKeys,
      holds: context.secrets.ssh.privateKey,
    }),
    sudoers(context),
    ...sshd(context),
    ...memoryCgroup(context.node.name),
  ],
}

function aptSettings({ spec }: RoleContext): Step {
  const cache = spec.aptCache ? `Acquire::http::Proxy "http://${spec.aptCache}/";\n` : ''
  return file({
    id: 'base/apt',
    path: '/etc/apt/apt.conf.d/80bramble',
    content: `// Managed by Bramble. Local changes are overwritten.\nAcquire::Retries "3";\n${cache}`,
  })
}

function hostname({ node }: RoleContext): Step {
  return {
    id: 'base/hostname',
    title: `Set the host name ${node.name}`,
    reads: [machine, fileState('/etc/hostname', { content: true })],
    check: (facts) =>
      facts.of(machine).hostname === node.name ? settled : because(`the host name is ${facts.of(machine).hostname}`),
    apply: () => [
      { kind: 'put', path: '/etc/hostname', content: `${node.name}\n`, mode: 0o644 },
      { kind: 'run', argv: ['hostname', node.name] },
    ],
  }
}

function timezone({ spec }: RoleContext): Step {
  const zone = `/usr/share/zoneinfo/${spec.timezone}`
  const link = command(['readlink', '/etc/localtime'])
  return {
    id: 'base/timezone',
    title: `Set the time zone ${spec.timezone}`,
    reads: [link, fileState('/etc/timezone', { content: true })],
    check(facts) {
      const now = facts.of(link)
      const set = now.code === 0 ? now.stdout.trim().replace(/^\.\.\//, '/') : 'not set'
      return set === zone ? settled : because(`the time zone is ${set.replace('/usr/share/zoneinfo/', '')}`)
    },
    apply: () => [
      { kind: 'run', argv: ['test', '-f', zone] },
      { kind: 'run', argv: ['ln', '-sfn', zone, '/etc/localtime'] },
      { kind: 'put', path: '/etc/timezone', content: `${spec.timezone}\n`, mode: 0o644 },
    ],
    cure: `If the time zone ${spec.timezone} does not exist on the Pi, correct it in the settings of the cluster.`,
  }
}

/** A Pi has no clock of its own: it may boot in 1970. Without the internet the nodes still agree with one another. */
function time({ spec, node }: RoleContext): Step[] {
  const others = spec.nodes.filter((other) => other.name !== node.name)
  const settings = file({
    id: 'base/chrony.conf',
    path: '/etc/chrony/conf.d/bramble.conf',
    content: [
      '# Managed by Bramble. Local changes are overwritten.',
      '# Step the clock whenever it is far off: most Pis have no clock battery.',
      'makestep 1.0 -1',
      '# Without an internet connection the nodes synchronize with one another.',
      ...others.map((other) => `server ${other.address} iburst`),
      ...others.map((other) => `allow ${other.address}`),
      'local stratum 10 orphan',
      '',
    ].join('\n'),
    loadedBy: ['chrony.service'],
  })
  // Debian's own option, and -s: the clock starts where it was last known to be, not years before that.
  const options = file({
    id: 'base/chrony.options',
    path: '/etc/default/chrony',
    content: '# Managed by Bramble. Local changes are overwritten.\nDAEMON_OPTS="-F 1 -s"\n',
    loadedBy: ['chrony.service'],
  })
  return [
    settings,
    options,
    unlessContainer(
      service({ id: 'base/chrony', unit: 'chrony.service', files: [settings, options] }),
      'Synchronize the clock with chrony (a virtual Pi uses the clock of its host)',
    ),
  ]
}

/** Debian's security fixes, daily; never a reboot. What carries the cluster is restarted by Bramble, node after node. */
function securityUpdates(): Step[] {
  return [
    file({
      id: 'base/updates-period',
      path: '/etc/apt/apt.conf.d/20auto-upgrades',
      content: 'APT::Periodic::Update-Package-Lists "1";\nAPT::Periodic::Unattended-Upgrade "1";\n',
    }),
    file({
      id: 'base/updates',
      path: '/etc/apt/apt.conf.d/52bramble-upgrades',
      content: `// Managed by Bramble. Local changes are overwritten. Installs security updates only.
#clear Unattended-Upgrade::Origins-Pattern;
Unattended-Upgrade::Origins-Pattern {
  "origin=Debian,codename=\${distro_codename}-security,label=Debian-Security";
  "origin=Raspbian,codename=\${distro_codename},label=Raspbian";
};
Unattended-Upgrade::Package-Blacklist {
  "etcd";
  "haproxy";
  "keepalived";
  "patroni";
  "pgbackrest";
  "postgresql";
};
Unattended-Upgrade::Automatic-Reboot "false";
Unattended-Upgrade::Remove-Unused-Kernel-Packages "true";
`,
    }),
  ]
}

/** A card wears out by writing, and a full card stops the database. */
function journal(): Step[] {
  const settings = file({
    id: 'base/journald.conf',
    path: '/etc/systemd/journald.conf.d/bramble.conf',
    content:
      '# Managed by Bramble. Local changes are overwritten.\n[Journal]\nSystemMaxUse=200M\nMaxRetentionSec=1month\n',
    loadedBy: ['systemd-journald.service'],
  })
  return [settings, service({ id: 'base/journald', unit: 'systemd-journald.service', files: [settings] })]
}

function firewall(context: RoleContext): Step[] {
  const rules = file({
    id: 'base/firewall.nft',
    path: '/etc/bramble/firewall.nft',
    content: firewallRules(context.spec),
    validate: ['nft', '-c', '-f', '{}'],
    loadedBy: ['bramble-firewall.service'],
  })
  const unit = file({
    id: 'base/firewall.unit',
    path: '/etc/systemd/system/bramble-firewall.service',
    content: firewallUnit,
    loadedBy: ['bramble-firewall.service'],
  })
  return [
    rules,
    unit,
    service({ id: 'base/firewall', unit: 'bramble-firewall.service', files: [rules, unit], onChange: 'reload' }),
  ]
}

function sudoers({ spec }: RoleContext): Step {
  return file({
    id: 'base/sudoers',
    path: '/etc/sudoers.d/010-bramble',
    content: `# Managed by Bramble. Local changes are overwritten.\n${spec.ssh.user} ALL=(ALL:ALL) NOPASSWD: ALL\n`,
    mode: 0o440,
    confidential: false,
    validate: ['visudo', '-cf', '{}'],
  })
}

/** Before passwords go off the key is proven over a new connection; afterwards sshd itself is asked what holds. */
function sshd({ spec, secrets }: RoleContext): Step[] {
  const settings = file({
    id: 'base/sshd.conf',
    path: '/etc/ssh/sshd_config.d/10-bramble.conf',
    content: [
      '# Managed by Bramble. Local changes are overwritten. Logins with SSH keys only.',
      'PasswordAuthentication no',
      'KbdInteractiveAuthentication no',
      `PermitRootLogin ${spec.ssh.user === 'root' ? 'prohibit-password' : 'no'}`,
      'MaxSessions 20',
      '',
    ].join('\n'),
    validate: ['sshd', '-t', '-f', '{}'],
    loadedBy: ['ssh.service'],
  })
  const proven: FileStep = {
    ...settings,
    apply: (facts) => [
      { kind: 'prove-key', user: spec.ssh.user, privateKey: secrets.ssh.privateKey },
      ...settings.apply!(facts),
    ],
  }
  return [
    proven,
    service({ id: 'base/sshd', unit: 'ssh.service', files: [settings], onChange: 'reload' }),
    keysOnly(spec.ssh.user),
  ]
}

/** Another file, or a configuration without Include, may say otherwise than the one that was written. */
function keysOnly(user: string): Step {
  const effective = command(['sshd', '-T', '-C', `user=${user},host=localhost,addr=127.0.0.1`])
  return gate({
    id: 'base/sshd.effective',
    title: 'Check that sshd accepts keys only',
    reads: [effective],
    check(facts) {
      const { code, stdout, stderr } = facts.of(effective)
      if (code !== 0) return because(`sshd did not report its settings: ${stderr.trim().slice(-200)}`)
      const set = stdout.toLowerCase().split('\n')
      const open = ['passwordauthentication', 'kbdinteractiveauthentication'].filter((name) =>
        set.includes(`${name} yes`),
      )
      return open.length === 0 ? settled : because(`sshd reports that ${open.join(' and ')} is enabled`)
    },
    patience: 15,
    cure: 'On the Pi, put the line "Include /etc/ssh/sshd_config.d/*.conf" at the top of /etc/ssh/sshd_config, or remove the lines there that enable passwords. Then press Retry.',
  })
}
