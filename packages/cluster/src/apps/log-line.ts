/** A line of the log of an app, as pages get it. */
import { z } from 'zod'

export const AppLogLine = z.object({
  /** ISO, of the clock of the node. */
  at: z.string(),
  node: z.string(),
  /** Name of the process, or `release`, `command`, `cron`; `bramble`: about the log itself. */
  process: z.string(),
  text: z.string(),
})
export type AppLogLine = z.infer<typeof AppLogLine>
