/** Where the dashboard is reached. */
import { networkInterfaces } from 'node:os'

/** An address to open; one that means "all of them" is opened through the loopback. */
export function urlOf(port: number, host = '127.0.0.1'): string {
  const address = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host
  return `http://${address.includes(':') ? `[${address}]` : address}:${port}`
}

/** This machine's IPv4 addresses on its networks; container bridges are not what a person wants to open. */
export function lanAddresses(): string[] {
  return Object.entries(networkInterfaces())
    .filter(([name]) => !/^(docker|br-|veth|virbr|lxc)/.test(name))
    .flatMap(([, addresses]) => addresses ?? [])
    .filter(({ family, internal }) => family === 'IPv4' && !internal)
    .map(({ address }) => address)
}
