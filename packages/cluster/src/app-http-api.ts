/** What the HTTP API of a dashboard answers about apps, as far as the command line reads it. */
import { z } from 'zod'
import { FoundApp } from './apps/found.ts'
import { AppLogLine } from './apps/log-line.ts'
import { AppStatus } from './apps/status.ts'
import { RunOutcome } from './runs/events.ts'
import { RunStatus } from './runs/jobs.ts'

/** What is refused. */
export const Refused = z.object({ code: z.string(), message: z.string(), cure: z.string().default('') })

export const Problem = z.object({ code: z.string(), message: z.string(), cure: z.string() })
export type Problem = z.infer<typeof Problem>

export const Clusters = z.object({ clusters: z.array(z.object({ name: z.string() })) })

const Commit = z.object({ commit: z.string(), branch: z.string(), message: z.string(), author: z.string() })

const Release = z.object({
  id: z.string(),
  digest: z.string(),
  createdAt: z.string(),
  message: z.string(),
  commit: Commit.nullable(),
  served: z.boolean(),
  serves: z.boolean(),
})
export type Release = z.infer<typeof Release>

const Summary = z.object({
  name: z.string(),
  domains: z.array(z.string()),
  status: AppStatus.nullable(),
  release: Release.nullable(),
})
export type AppSummary = z.infer<typeof Summary>
export const Apps = z.object({ apps: z.array(Summary) })

const GitSource = z.object({
  url: z.string(),
  protocol: z.string(),
  host: z.string(),
  branch: z.string().nullable(),
  folder: z.string().nullable(),
  poll: z.boolean(),
  pollSeconds: z.number(),
  publicKey: z.string().nullable(),
  hostKey: z.string().nullable(),
  shownHostKey: z.string().nullable(),
  trouble: Problem.nullable(),
})
export type GitSource = z.infer<typeof GitSource>
export const Source = z.object({ source: GitSource.nullable() })

const ImageSource = z.object({
  reference: z.string(),
  registry: z.string(),
  user: z.string().nullable(),
  authority: z.string().nullable(),
})
export type ImageSource = z.infer<typeof ImageSource>
export const Image = z.object({ image: ImageSource.nullable() })

export const App = Summary.extend({
  database: z.boolean(),
  source: GitSource.nullable(),
  image: ImageSource.nullable().default(null),
  releases: z.array(Release),
  variables: z.array(z.string()),
})
export type App = z.infer<typeof App>

export const Upload = z.object({
  id: z.string(),
  size: z.number(),
  received: z.number(),
  state: z.enum(['receiving', 'checking', 'checked', 'refused']),
  found: FoundApp.nullable(),
  trouble: Problem.nullable(),
})
export type Upload = z.infer<typeof Upload>

export const Asked = z.object({ deploy: z.string(), run: z.string().nullable() })
export const Started = z.object({ run: z.string() })

export const Deploy = z.object({ state: z.string(), run: z.string().nullable(), outcome: z.string().nullable() })

export const Variables = z.object({ variables: z.array(z.object({ name: z.string(), secret: z.boolean() })) })

export const RecentLog = z.object({ lines: z.array(AppLogLine), complete: z.boolean() })
export const LogLines = z.array(AppLogLine)

const Step = z.object({
  node: z.string(),
  id: z.string(),
  title: z.string(),
  status: z.enum(['running', 'waiting', 'done', 'changed', 'failed']),
  because: z.string(),
  seconds: z.number().nullable(),
  error: Problem.nullable(),
})
export type Step = z.infer<typeof Step>

export const Run = z.object({
  id: z.string(),
  status: RunStatus,
  outcome: RunOutcome.nullable(),
  trouble: Problem.nullable(),
  steps: z.array(Step),
})
export type Run = z.infer<typeof Run>

export const RunLines = z.array(
  z.object({
    node: z.string().nullable(),
    step: z.string().nullable(),
    stream: z.enum(['stdout', 'stderr', 'bramble']),
    text: z.string(),
  }),
)
export type RunLine = z.infer<typeof RunLines>[number]
