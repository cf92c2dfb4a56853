/** IPv4 address as an unsigned 32-bit number. */
export function ipv4Number(address: string): number {
  return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
}

/** True when both addresses lie in one network of the given prefix length (0–32). */
export function sameSubnet(a: string, b: string, prefix: number): boolean {
  const size = 2 ** (32 - prefix)
  return Math.floor(ipv4Number(a) / size) === Math.floor(ipv4Number(b) / size)
}
