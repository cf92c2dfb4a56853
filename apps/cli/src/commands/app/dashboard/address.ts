/** Where a dashboard is, and how it may be reached: a token crosses no network in the clear that is not the user's own. */
import { lookup as resolveName } from 'node:dns'
import { BlockList, isIP, type LookupFunction } from 'node:net'
import { Trouble } from '@bramble/provision'

const own = new BlockList()
for (const [network, bits] of [
  ['127.0.0.0', 8],
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['169.254.0.0', 16],
] as const)
  own.addSubnet(network, bits, 'ipv4')
own.addAddress('::1', 'ipv6')
own.addSubnet('fc00::', 7, 'ipv6')
own.addSubnet('fe80::', 10, 'ipv6')

/** Loopback, private and link-local addresses. */
export function isOwnNetwork(address: string): boolean {
  const family = isIP(address)
  return family !== 0 && own.check(address, family === 6 ? 'ipv6' : 'ipv4')
}

const bad = (why: string) =>
  new Trouble('dashboard-address', `--to ${why}.`, 'Give the address of the dashboard, such as http://192.168.1.5:3000')

const inTheClear = (host: string) =>
  new Trouble(
    'dashboard-address',
    `--to would send the token unencrypted to ${host}, which is not an address of this machine or of a private network.`,
    'Use https://, or the private address of the dashboard.',
  )

/** Without a path. Trouble `dashboard-address`. The names of http addresses are judged when they are resolved. */
export function dashboardAddress(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null
  if (!url || !['http:', 'https:'].includes(url.protocol)) throw bad('must begin with http:// or https://')
  if (url.username !== '' || url.password !== '') throw bad('must have no user name and no password')
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '') throw bad('must have no path behind the host')
  const host = hostOf(url)
  if (url.protocol === 'http:' && isIP(host) !== 0 && !isOwnNetwork(host)) throw inTheClear(host)
  return url
}

const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[(.*)\]$/, '$1')

/** Resolves to addresses of the user's own networks alone, at the moment of each connection. */
export const ownNetworksOnly: LookupFunction = (hostname, options, done) => {
  resolveName(hostname, { ...options, all: true }, (error, found) => {
    if (error) return done(error, [])
    const foreign = found.find(({ address }) => !isOwnNetwork(address))
    if (foreign) return done(Object.assign(inTheClear(`${hostname} (${foreign.address})`), { errno: 0 }), [])
    const [first] = found
    if (options.all || !first) return done(null, found)
    return done(null, first.address, first.family)
  })
}
