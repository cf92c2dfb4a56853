import { type StationNetwork, sameSubnet } from '@bramble/cluster'

/** True when a machine at this address is reached without a router. */
export const sharesNetwork = (own: StationNetwork, address: string): boolean =>
  sameSubnet(own.address, address, own.prefix)
