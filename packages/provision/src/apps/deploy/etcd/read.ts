/** What serves, where, and how it is: read from etcd. */
import type { ClusterSpec } from '@bramble/cluster'
import type { Fleet } from '../../../engine/transport.ts'
import { type AppsState, readState } from './state.ts'
import { openStore } from './store.ts'

export interface ReadInput {
  spec: ClusterSpec
  fleet: Fleet
}

/** Trouble `etcd-unavailable`. */
export const readApps = (input: ReadInput): Promise<AppsState> => readState(openStore(input))
