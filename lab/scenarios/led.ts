/** Preloaded (`--import`) into a process of its own, so that it reaches the lab of a stage that came from the cache. */
import { leadThrough } from '@bramble/provision/dial'

const { BRAMBLE_TEST_NETWORK: network, BRAMBLE_TEST_GATEWAY: gateway } = process.env
if (network && gateway) leadThrough(network, gateway)
