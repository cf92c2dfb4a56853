/** How a Pi that was written here is found again, and proves who it is. */
export { Arrival, verifyArrival } from './arrival.ts'
export { resolveMdns } from './mdns.ts'
export { findByHostKey } from './scan.ts'
