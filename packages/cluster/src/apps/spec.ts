/** A user's project as the cluster file has it. Secrets are not part of it: they are kept apart, encrypted. */
import { z } from 'zod'
import { NodeName, PackageName } from '../names.ts'
import { Domain } from './domains.ts'
import { AppHttps } from './https.ts'
import { ContainerPort, ImageReference } from './image.ts'
import { AppName, ProcessName, VariableName, VariableValue } from './names.ts'
import { scheduleProblem } from './schedule.ts'

/** In the order in which they are detected, but for `image`, which is chosen. */
export const appKinds = ['php', 'ruby', 'python', 'node', 'procfile', 'binary', 'static', 'image'] as const
export const AppKind = z.enum(appKinds)
export type AppKind = z.infer<typeof AppKind>

/** Values by name. A wrong name is reported with its own words and at its own place. */
const named = <T extends z.ZodType>(name: z.ZodType<string>, value: T) =>
  z.record(z.string(), value).superRefine((entries, context) => {
    for (const key of Object.keys(entries))
      for (const { message } of name.safeParse(key).error?.issues ?? [])
        context.addIssue({ code: 'custom', message, path: [key] })
  })

/** A line for the shell of the app's own sandbox. It travels in a file and is never part of another command. */
export const AppCommand = z
  .string()
  .min(1)
  .max(4000)
  .regex(/^[^\0\r\n]*\S[^\0\r\n]*$/, 'must be one line')

/** Below the app's folder: words between slashes, none of them `.` or `..`. */
export const FilesPath = z
  .string()
  .max(200)
  .regex(
    /^(?!\.{1,2}(?:\/|$))[\w@+-][\w.@+-]*(\/(?!\.{1,2}(?:\/|$))[\w.@+-]+)*$/,
    'must be a folder of the app such as storage or public/uploads: relative, without ..',
  )

export const HealthCheck = z.strictObject({
  /** Asked with the app's first domain as Host. Absent: that of the kind. */
  path: z
    .string()
    .max(500)
    .regex(/^\/[\x21-\x7e]*$/, 'must be a path such as /health, without spaces')
    .refine((path) => !path.startsWith('/.well-known/acme-challenge'), 'must be another path: it is for certificates')
    .optional(),
  /** Seconds that a release gets until it answers for the first time. Absent: `healthTimeout`. */
  timeout: z.int().min(1).max(900).optional(),
})
export type HealthCheck = z.infer<typeof HealthCheck>

/** Seconds, where neither the cluster file nor bramble.yaml says it. */
export const healthTimeout = 60

export const CronJob = z.strictObject({
  name: ProcessName,
  schedule: z
    .string()
    .max(100)
    .superRefine((text, context) => {
      const problem = scheduleProblem(text)
      if (problem) context.addIssue(problem)
    }),
  command: AppCommand,
  /** Seconds until it is ended. */
  timeout: z.int().min(1).max(86_400).default(3600),
})
export type CronJob = z.infer<typeof CronJob>

export const AppSpec = z.strictObject({
  name: AppName,
  domains: z.array(Domain).max(100).default([]),
  https: AppHttps.optional(),
  /** Absent: detected by the files of each release. */
  kind: AppKind.optional(),
  /** The container image that it is made of. Absent: what is deployed is a folder, an archive or a git repository. */
  image: ImageReference.optional(),
  /** On which a container listens. Absent: the port that its image exposes. */
  port: ContainerPort.optional(),
  /** Absent: those of the kind. An empty list: the upload is served as it is. */
  build: z.array(AppCommand).max(16).optional(),
  /** Command by name. Absent: those of the Procfile, or of the kind. `web` receives the requests. */
  processes: named(ProcessName, AppCommand).optional(),
  /** Runs once per release, before it serves: migrations. */
  release: AppCommand.optional(),
  health: HealthCheck.prefault({}),
  /** Where it runs. Absent, and no `count`: on every web node. */
  nodes: z.array(NodeName).min(1).max(32).optional(),
  /** On how many web nodes it runs; Bramble chooses which. */
  count: z.int().min(1).max(32).optional(),
  /** MB that one of its processes may use. */
  memory: z.int().min(16).max(65_536).optional(),
  /** True: a database and a role of its own, in DATABASE_URL. */
  database: z.boolean().default(false),
  cron: z.array(CronJob).max(32).optional(),
  environment: named(VariableName, VariableValue).optional(),
  /** Debian packages that it needs. */
  packages: z.array(PackageName).max(64).optional(),
  /** A folder that outlives releases: it pins the app to one node. */
  files: FilesPath.optional(),
})
export type AppSpec = z.infer<typeof AppSpec>
