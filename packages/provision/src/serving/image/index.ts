/** Container images in the slots of an app: crun runs them, in a user namespace and with a network of their own. */
import { readFileSync } from 'node:fs'
import { unitTemplate } from '../unit-template.ts'

const part = (name: string) => readFileSync(new URL(name, import.meta.url), 'utf8')

export const imageLauncherPath = '/usr/local/lib/bramble/app-image'
/** It goes to `imageLauncherPath`. */
export const imageLauncher = ['./namespaces.py', './container.py', './main.py'].map(part).join('\n\n')

/**
 * crun keeps these for the container itself: it is in namespaces of its own, and /proc and /sys of the node must not be covered for
 * it to get new ones.
 */
const ofContainers =
  /^(?:User|ExecStart|StateDirectory|Environment=HOME|ProtectProc|ProcSubset|ProtectHostname|ProtectKernelLogs|ProtectKernelTunables|ProtectControlGroups|RestrictNamespaces|RestrictSUIDSGID|RemoveIPC|CapabilityBoundingSet|RestrictAddressFamilies|SystemCallFilter|UMask)\b/

/** `{signal}`: the one that stops the image. */
export const imageUnitTemplate = `${unitTemplate
  .split('\n')
  .filter((line) => !ofContainers.test(line))
  .join(
    '\n',
  )}ExecStart=${imageLauncherPath} /srv/bramble/apps/{app}/slots/{slot}.json %i /srv/bramble/apps/{app}/environments/{environment}
KillMode=mixed
KillSignal={signal}
# Until the launcher is the user of the app: to write its ids, and to give it a new /proc.
CapabilityBoundingSet=CAP_SYS_ADMIN CAP_SETUID CAP_SETGID CAP_DAC_OVERRIDE CAP_SYS_PTRACE
BindPaths=/dev/net/tun
DeviceAllow=/dev/net/tun rw
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK
SystemCallFilter=@system-service @pkey @mount @setuid seccomp setns unshare sethostname setdomainname
UMask=0022
`
