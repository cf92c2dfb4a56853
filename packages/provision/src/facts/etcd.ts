/** Facts about the node's etcd member. */
import type { Fact } from '../engine/types.ts'
import { http } from './http.ts'
import { identity } from './identity.ts'

const health = http('https://127.0.0.1:2379/health', identity)

export interface EtcdHealth {
  healthy: boolean
  /** Why not, in words; empty when healthy. */
  because: string
}

/** The member's own health: it reads through the quorum, so a member without a majority is not healthy. */
export const etcdHealth: Fact<EtcdHealth> = {
  key: health.key,
  query: health.query,
  read(answer) {
    const { status, body, error } = health.read(answer)
    if (status === null) return { healthy: false, because: `etcd is not responding (${error})` }
    if (status === 200 && /"health":\s*"?true/.test(body)) return { healthy: true, because: '' }
    return { healthy: false, because: 'etcd has no quorum yet: it waits for the other members' }
  },
}
