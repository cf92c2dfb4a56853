/** bramble.yaml in an app's folder: what the app says about itself. The cluster file has the last word. */
import { z } from 'zod'
import { type CheckedYaml, checkYaml } from '../yaml-file.ts'
import { AppSpec, HealthCheck } from './spec.ts'

const { kind, image, port, build, processes, release, memory, cron, packages, files } = AppSpec.shape

export const AppManifest = z.strictObject({
  ...{ kind, image, port, build, processes, release, memory, cron, packages, files },
  health: HealthCheck.optional(),
})
export type AppManifest = z.infer<typeof AppManifest>

export const manifestName = 'bramble.yaml'

export const parseManifest = (text: string): CheckedYaml<AppManifest> =>
  checkYaml(text, AppManifest, 'docs/cluster-file.md#apps')
