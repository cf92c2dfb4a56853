/** Which networks of this machine a Pi is in, or calls home through. */
import { type FlashSettings, type StationNetwork, sameSubnet } from '@bramble/cluster'
import { isLabAddress } from '@bramble/provision'

/** True when a machine at this address is reached without a router. */
export const sharesNetwork = (own: StationNetwork, address: string): boolean =>
  sameSubnet(own.address, address, own.prefix)

/** The bridge of a lab relays this port to the worker, whatever port it has on this machine. */
const labPort = 3010

/** Base URLs at which this machine hears a node at this address; any node, when it gets its address from a router. */
export function callHomeUrls(
  networks: readonly StationNetwork[],
  arrivalsPort: number,
  address: string,
  network: FlashSettings['network'],
): string[] {
  const near = networks.filter((own) => sharesNetwork(own, address))
  const virtual = isLabAddress(address)
  const heard = network === 'static' || virtual ? near : networks.filter((own) => !own.lab)
  // Behind a router the Pi may reach an address that is not of its own network.
  const usable = heard.length > 0 || virtual ? heard : networks.filter((own) => !own.lab)
  return usable.map((own) => `http://${own.address}:${own.lab ? labPort : arrivalsPort}`)
}
