/** Facts about the machine itself. */
import { z } from 'zod'
import { type Fact, Trouble } from '../engine/types.ts'

const Word = z.string().max(300)
/** It is written into keepalived's configuration. */
const Interface = z.string().regex(/^[\w.:@-]{1,15}$/)
const Address = z.ipv4()
const Amount = z.number().nonnegative()
/** What a node says becomes plans, pages and configuration: it is read, not believed. */
const MachineAnswer = z.object({
  id: Word,
  idLike: Word,
  codename: Word,
  architecture: Word,
  model: Word.nullable(),
  hostname: Word,
  memory: Amount,
  diskFree: Amount,
  cpus: Amount,
  clock: z.number(),
  bootId: Word,
  age: z.number(),
  container: z.boolean(),
  addresses: z.array(z.object({ interface: Interface, address: Address, prefix: z.int().min(0).max(32) })).max(256),
  timezone: Word,
})

const AddressAnswer = z.object({ holder: z.boolean(), answeredBy: Word.nullable() })

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
  read: (answer) => accepted(MachineAnswer, answer),
}

/** Who answers for an address on the node's network. */
export interface AddressUse {
  /** The node itself carries it. */
  holder: boolean
  /** Another machine answered ARP: its MAC; null when nobody did. */
  answeredBy: string | null
}

export function address(ip: string): Fact<AddressUse> {
  return {
    key: `address ${ip}`,
    query: { kind: 'address', address: ip },
    read: (answer) => accepted(AddressAnswer, answer),
  }
}

function accepted<T>(schema: z.ZodType<T>, answer: unknown): T {
  const { data, error } = schema.safeParse(answer)
  if (error === undefined) return data as T
  const [issue] = error.issues
  throw new Trouble(
    'facts-invalid',
    `The node describes itself in a way that Bramble does not accept (${issue?.path.join('.') || 'no answer'}: ${issue?.message}).`,
    'Check on the node what "ip address", "hostnamectl", and /etc/os-release show. If they look right, report it with this message.',
  )
}
