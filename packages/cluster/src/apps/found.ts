/** What was found in an upload: how it would be built and run. */
import { z } from 'zod'
import { AppImage } from './image.ts'
import { ReleaseDigest } from './run.ts'
import { AppKind, CronJob } from './spec.ts'

const packages = z.array(z.string())

export const FoundApp = z.object({
  kind: AppKind,
  /** Sentence: which files say so. */
  seen: z.string(),
  /** Command by name; empty for a static app. */
  processes: z.record(z.string(), z.string()),
  release: z.string().nullable(),
  /** Path of the health check. */
  health: z.string(),
  /** Of bramble.yaml: seconds until the first answer, MB of a process. Null: it does not say. */
  timeout: z.int().nullable().default(null),
  memory: z.int().nullable().default(null),
  /** Of bramble.yaml. */
  cron: z.array(CronJob).default([]),
  build: z.array(z.string()),
  packages: z.object({ bookworm: packages, trixie: packages }),
  /** Folder that is served; `.` is the release itself. */
  folder: z.string().nullable(),
  /** Of the kind image. */
  image: AppImage.nullable().default(null),
  /** What the user should know, as sentences with what to do. */
  notes: z.array(z.string()),
  digest: ReleaseDigest,
  /** Files, folders and links; bytes of all files. */
  entries: z.int(),
  bytes: z.int(),
  /** The one folder of the archive that everything was in. */
  root: z.string().nullable(),
})
export type FoundApp = z.infer<typeof FoundApp>
