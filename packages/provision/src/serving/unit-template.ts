/** The unit of a slot of an app, with the sandbox that a stranger's code gets. */

export const appRoot = '/srv/bramble/apps'
export const launcherPath = '/usr/local/lib/bramble/app-run'
export const sliceName = 'bramble-apps.slice'

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
