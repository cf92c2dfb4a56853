/** The lab's router, as far as DHCP goes: cards that ask for an address get one, and the same again. */
import { once } from 'node:events'
import { join } from 'node:path'
import { start } from '@bramble/process'
import type { Layout } from '../host/layout.ts'
import { inNamespace } from './network.ts'

export interface Dhcp {
  close(): Promise<void>
}

/** Serves .150 to .199 of the lab's network. No router and no name server are told: there is no way out. */
export function startDhcp(layout: Layout, log: (line: string) => void): Dhcp {
  const dnsmasq = [
    'dnsmasq',
    '--keep-in-foreground',
    '--conf-file=/dev/null',
    '--user=root',
    '--port=0',
    `--interface=${layout.bridge}`,
    '--bind-interfaces',
    `--dhcp-range=${layout.subnet}.150,${layout.subnet}.199,1h`,
    '--dhcp-option=option:router',
    '--dhcp-option=option:dns-server',
    '--no-ping',
    '--pid-file',
    `--dhcp-leasefile=${join(layout.state, 'leases')}`,
  ]
  // It has no reason to outlive its supervisor, by whatever means that ends.
  const argv = ['setpriv', '--pdeathsig', 'KILL', '--', ...inNamespace(layout, dnsmasq)]
  const child = start(argv, { stdio: ['ignore', 'ignore', 'inherit'] })
  let closing = false
  child.once('error', (error) => log(`DHCP could not be started: ${error.message}`))
  child.once('exit', (code) => closing || log(`DHCP ended (${code}): nodes that use DHCP get no address`))
  return {
    close: async () => {
      closing = true
      if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
      const ended = once(child, 'exit')
      child.kill('SIGKILL')
      await ended
    },
  }
}
