/** The site on the node itself, as HAProxy asks it. */
import type { NodeState } from '@bramble/cluster'
import { z } from 'zod'

/** HTTP status of GET /health. */
export const Web = z.int()

/** `silent`: why it does not answer; null: it does. */
export function collectWeb(status: number | null, silent: string | null): NonNullable<NodeState['web']> {
  if (status === 200) return { healthy: true, because: '' }
  return {
    healthy: false,
    because: status === null ? `it is not responding: ${silent ?? 'unknown reason'}` : `it returns ${status}`,
  }
}
