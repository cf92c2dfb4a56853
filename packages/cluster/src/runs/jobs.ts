/** What the dashboard queues and what a run is. */
import { z } from 'zod'
import { AppCommandRun, AppRun } from '../apps/run.ts'
import { BackupRequest } from '../backup/request.ts'
import { ServerSwitch } from '../balancing.ts'
import { FlashRequest } from '../flash/cards.ts'
import { NodeName } from '../names.ts'
import { Drill } from './drills.ts'
import { Operation } from './operations.ts'
import { AcceptName } from './plan.ts'

/**
 * `plan` changes nothing; `provision` builds what the approved plan says; `reprovision` is the same on a cluster that runs.
 * `flash` erases and writes cards; it is never taken over and never retries by itself.
 * `drill` breaks something on purpose and undoes it.
 * `certificate-renewal` is asked for by Bramble itself; no service restarts.
 * `deploy`, `rollback`, `restart-app`, `scale-app`, `stop-app`, `start-app`, `maintain-app`, `remove-app` change what an app serves;
 * they need no plan either.
 * `server-switch` takes a server of HAProxy out of service or back; it needs no plan, nor do the operations after it.
 */
export const JobKind = z.enum([
  'plan',
  'provision',
  'reprovision',
  'flash',
  'server-switch',
  'switchover',
  'restart',
  'reinit',
  'pause',
  'resume',
  'drill',
  'backup',
  'restore',
  'restore-drill',
  'update',
  'shutdown',
  'recover-quorum',
  'upgrade',
  'upgrade-back',
  'upgrade-finish',
  'certificate-renewal',
  'reset-password',
  'delete-kept-data',
  'rotate-secrets',
  'deploy',
  'rollback',
  'restart-app',
  'scale-app',
  'stop-app',
  'start-app',
  'maintain-app',
  'remove-app',
  'app-command',
])
export type JobKind = z.infer<typeof JobKind>
/** Kinds that make the Pis what the spec says. */
export const buildingKinds: readonly JobKind[] = ['provision', 'reprovision']

/** Payload in the queue: the run's id and nothing else; the truth is the run's row. */
export const JobPayload = z.strictObject({ runId: z.uuid() })
export type JobPayload = z.infer<typeof JobPayload>

/** What a run was asked to do; kept with it. */
export const RunRequest = z.strictObject({
  kind: JobKind,
  /** Only these nodes; default: all. */
  only: z.array(NodeName).min(1).optional(),
  /** Digest of the plan that was approved on the page; required before anything is changed. */
  approved: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional(),
  /** Files of the user's own whose replacement was accepted with the plan: `pi-1:/etc/haproxy/haproxy.cfg`. */
  replace: z.array(AcceptName).max(200).optional(),
  /** Of a `flash`: which cards, which image. */
  flash: FlashRequest.optional(),
  /** Of a `server-switch`: which server, and what becomes of it. */
  serverSwitch: ServerSwitch.optional(),
  /** Of a `switchover`, `restart`, `reinit`, `pause`, `resume`, `update`, `shutdown`, `upgrade`, … */
  operation: Operation.optional(),
  /** Of a `drill`: which class. */
  drill: Drill.optional(),
  /** Of a `backup`, `restore`, `restore-drill`. */
  backup: BackupRequest.optional(),
  /** Of a `deploy`, `rollback`, `restart-app`, `remove-app`, … */
  app: AppRun.optional(),
  /** Of an `app-command`, which changes nothing of what serves. */
  appCommand: AppCommandRun.optional(),
})
export type RunRequest = z.infer<typeof RunRequest>

/** queued → running → one of the ends. `partial`: some nodes could not be reached, the others are done. */
export const RunStatus = z.enum(['queued', 'running', 'succeeded', 'partial', 'failed', 'cancelled'])
export type RunStatus = z.infer<typeof RunStatus>
export const endedStatuses: readonly RunStatus[] = ['succeeded', 'partial', 'failed', 'cancelled']
