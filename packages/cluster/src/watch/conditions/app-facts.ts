/** What Bramble's database knows of an app, for the checks. */
import type { AppStatus } from '../../apps/status.ts'

export interface AppFacts {
  name: string
  /** What its nodes report; null: never seen. */
  status: AppStatus | null
  /** ISO time at which that was read. */
  seenAt: string | null
  /** Its newest deploy, rollback or restart, when that failed. */
  failed: { id: string; kind: string; endedAt: string; outcome: string } | null
}
