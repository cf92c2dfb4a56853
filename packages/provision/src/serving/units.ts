/** systemd's units of an app on a node: one template per slot, with the sandbox that a stranger's code gets. */
import { readFileSync } from 'node:fs'
import type { AppSpec } from '@bramble/cluster'
import type { Slot } from './records.ts'

export const appRoot = '/srv/bramble/apps'
export const launcherPath = '/usr/local/lib/bramble/app-run'
/** Of a process of an app; it goes to `launcherPath`. */
export const launcher = readFileSync(new URL('./run.py', import.meta.url), 'utf8')
export const phpServerPath = '/usr/local/lib/bramble/app-php'
/** Serves PHP in the sandbox of an app; it goes to `phpServerPath`. */
export const phpServer = readFileSync(new URL('./php.py', import.meta.url), 'utf8')
export const sliceName = 'bramble-apps.slice'

/** Every process of every app: not their commands, and no build. */
export const appUnits = 'bramble-app-*@*.service'

export const appUser = (app: string): string => `app-${app}`
/** Users of apps have ids in this range: the firewall knows them by it. */
export const appUserIds = { first: 700, last: 899 } as const

export interface UnitInput {
  app: Pick<AppSpec, 'name'>
  slot: Slot
  /** SHA-256 of the release, in hex. */
  release: string
  /** SHA-256 of its environment file, in hex. */
  environment: string
  port: number
  /** MB that a process may use; the kernel must enforce it. */
  memory: number
}

/**
 * As nodes keep it; bramble-apps.service fills it in as `appUnit` does. The launcher reads the command of the process from the
 * slot's file: no command of a user's is part of a unit.
 */
export const unitTemplate = `# Managed by Bramble. Local changes are overwritten. Started by bramble-apps.service.
[Unit]
Description=App {app}, process %i, slot {slot}
StartLimitIntervalSec=60
StartLimitBurst=10

[Service]
Slice=${sliceName}
User=app-{app}
WorkingDirectory=${appRoot}/{app}/releases/{release}
EnvironmentFile=${appRoot}/{app}/environments/{environment}
Environment=PORT={port}
ExecStart=${launcherPath} ${appRoot}/{app}/slots/{slot}.json %i
Restart=always
RestartSec=2
TimeoutStopSec=30
StateDirectory=bramble-app-{app}
Environment=HOME=%S/bramble-app-{app}
OOMScoreAdjust=500
MemoryMax={memory}M
MemorySwapMax=0
TasksMax=256
# Limit for the user of the app. It also applies where TasksMax does not.
LimitNPROC=512
CPUWeight=50
IOWeight=50
LimitNOFILE=65536
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=yes
ProtectProc=invisible
ProcSubset=pid
TemporaryFileSystem=/tmp:mode=1777,nosuid,nodev,size={tmp}M,nr_inodes=20000
TemporaryFileSystem=/var/tmp:mode=1777,nosuid,nodev,size={tmp}M,nr_inodes=20000
TemporaryFileSystem=/dev/shm:mode=1777,nosuid,nodev,noexec,size=64M,nr_inodes=2000
PrivateDevices=yes
ProtectClock=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectControlGroups=yes
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
RemoveIPC=yes
CapabilityBoundingSet=
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
SystemCallArchitectures=native
# Node requests memory protection keys and io_uring, and runs without them when they are denied.
SystemCallFilter=@system-service @pkey
SystemCallErrorNumber=EPERM
UMask=0027
InaccessiblePaths=-/etc/bramble -/var/lib/bramble -/etc/patroni -/var/lib/postgresql -/var/lib/etcd -/run/postgresql -/run/haproxy -/run/dbus
LogRateLimitIntervalSec=10
LogRateLimitBurst=500
`

/** MB of /tmp, which counts as memory of the process: half of what it may use. */
const temporaryMemory = (memory: number): number => Math.max(32, Math.floor(memory / 2))

export function appUnit({ app: { name }, ...input }: UnitInput): string {
  const values = Object.entries({ ...input, app: name, tmp: temporaryMemory(input.memory) })
  return values.reduce((text, [key, value]) => text.replaceAll(`{${key}}`, String(value)), unitTemplate)
}

/** Left to the system, etcd and PostgreSQL: the larger of 384 MB and three fifths. */
export function appMemory(totalMB: number): { all: number; process: number } {
  const all = Math.max(128, Math.floor(totalMB - Math.max(384, totalMB * 0.6)))
  return { all, process: Math.max(64, Math.floor(all / 2)) }
}

export const sliceUnit = (totalMB: number): string => `# Managed by Bramble. Local changes are overwritten.
[Unit]
Description=Apps

[Slice]
MemoryMax=${appMemory(totalMB).all}M
MemorySwapMax=0
TasksMax=2048
CPUWeight=50
IOWeight=50
`
