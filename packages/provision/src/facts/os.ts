/** Facts about the machine itself. */
import type { Fact } from '../core/types.ts'

export interface Machine {
  /** `ID` and `VERSION_CODENAME` of /etc/os-release: `debian`, `trixie`; Raspberry Pi OS says `debian` or `raspbian`. */
  id: string
  idLike: string
  codename: string
  /** dpkg's architecture: arm64, armhf, amd64. */
  architecture: string
  /** The Pi's model, `null` elsewhere. */
  model: string | null
  hostname: string
  /** Bytes, the smaller of RAM and the control group's limit. */
  memory: number
  /** Bytes free on the file system of /var/lib. */
  diskFree: number
  cpus: number
  /** Seconds since 1970 on the node's clock. */
  clock: number
  bootId: string
  /** Seconds since it booted. */
  age: number
  /** True where the kernel is shared (the lab): no clock setting, no watchdog, few sysctls. */
  container: boolean
  /** IPv4 addresses with their interface and prefix length. */
  addresses: { interface: string; address: string; prefix: number }[]
  timezone: string
}

export const machine: Fact<Machine> = {
  key: 'machine',
  query: { kind: 'machine' },
  read: (answer) => answer as Machine,
}

/** Who answers for an address on the node's network. */
export interface AddressUse {
  /** The node itself carries it. */
  holder: boolean
  /** Another machine answered ARP: its MAC; null when nobody did. */
  answeredBy: string | null
}

export function address(ip: string): Fact<AddressUse> {
  return { key: `address ${ip}`, query: { kind: 'address', address: ip }, read: (answer) => answer as AddressUse }
}
