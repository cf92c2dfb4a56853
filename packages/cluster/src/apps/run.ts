/** What a run does with an app. */
import { z } from 'zod'
import { NodeName } from '../names.ts'
import { AppName } from './names.ts'
import { AppCommand } from './spec.ts'

/** SHA-256 of a release, in hex. */
export const ReleaseDigest = z.string().regex(/^[0-9a-f]{64}$/, 'must be a SHA-256 in hex')

/** Kinds of runs that change what an app serves. `maintain-app` shows the maintenance page, and
 * `start-app` takes it away. `remove-app` also deletes its files, settings and history. */
export const appActions = [
  'deploy',
  'rollback',
  'restart-app',
  'scale-app',
  'stop-app',
  'start-app',
  'maintain-app',
  'remove-app',
] as const
export type AppAction = (typeof appActions)[number]

/** `deploy`: the id of the row that says who asked and why. `release`: null for a restart and a removal. */
export const AppRun = z.strictObject({ app: AppName, deploy: z.uuid(), release: ReleaseDigest.nullable() })
export type AppRun = z.infer<typeof AppRun>

/** One line for the shell of the app's sandbox. `node`: on this one; absent: on the first that is ready. */
export const AppCommandRun = z.strictObject({ app: AppName, command: AppCommand, node: NodeName.optional() })
export type AppCommandRun = z.infer<typeof AppCommandRun>

export const isAppAction = (kind: string): kind is AppAction => appActions.some((action) => action === kind)
