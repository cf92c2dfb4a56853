/** Every name and address that can reach a command or a file, strict enough that a hostile value cannot exist. */
import { z } from 'zod'

/** RFC 1123 label: a host name and the name of a node. */
export const NodeName = z
  .string()
  .regex(
    /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/,
    'must be a host name: lowercase letters, digits and inner hyphens, 63 at most',
  )

/** Also the Patroni scope, the HAProxy and keepalived instance name and a folder's name. */
export const ClusterName = z
  .string()
  .regex(
    /^[a-z]([a-z0-9-]{0,30}[a-z0-9])?$/,
    'must start with a letter: lowercase letters, digits and inner hyphens, 32 at most',
  )

const octet = '(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])'
/** Dotted-quad IPv4 address of a host: no leading zeros, not loopback, multicast, unspecified or broadcast. */
export const Ipv4 = z
  .string()
  .regex(new RegExp(`^${octet}(\\.${octet}){3}$`), {
    error: 'must be an IPv4 address such as 192.168.1.21',
    abort: true,
  })
  .refine((text) => {
    const first = Number(text.split('.')[0])
    return first !== 0 && first !== 127 && first < 224
  }, 'must be the address of a host on your network, not a loopback, multicast or reserved one')

/** A host name on the network or the internet, for what is not a node. */
export const HostName = z
  .string()
  .max(253)
  .regex(
    /^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$/,
    'must be a host name',
  )

export const UnixUser = z.string().regex(/^[a-z_][a-z0-9_-]{0,31}$/, 'must be a Unix user name')

/** OpenSSH's SHA-256 fingerprint of a host key. */
export const HostKeyFingerprint = z
  .string()
  .regex(/^SHA256:[A-Za-z0-9+/]{43}$/, 'must be a fingerprint as ssh-keygen -l prints it: SHA256:…')

/** Name of a Debian package, as Debian's policy has it. For apt-get a hyphen at the end means: remove it. */
export const PackageName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9+.-]{0,126}[a-z0-9+]$/, 'must be the name of a Debian package')

/** Lower-case SQL identifier that needs no quoting. */
export const SqlName = z
  .string()
  .regex(/^[a-z_][a-z0-9_]{0,62}$/, 'must be a lowercase SQL name: letters, digits and underscores')
  .refine(
    (name) => !['postgres', 'template0', 'template1', 'replicator', 'rewind'].includes(name),
    'is taken by PostgreSQL or Patroni',
  )

/** Network interface name as Linux allows it (15 bytes), letters, digits, dots, dashes. */
export const InterfaceName = z
  .string()
  .regex(/^[a-zA-Z0-9][a-zA-Z0-9._-]{0,14}$/, 'must be an interface name such as eth0')

/** A network such as 192.168.1.0/24; a single address is one of /32. */
export const Ipv4Network = z.string().regex(new RegExp(`^${octet}(\\.${octet}){3}/(3[0-2]|[12]?[0-9])$`), {
  error: 'must be a network such as 192.168.1.0/24',
})
