/** Bramble's own work: runs that failed, and whether anybody is watching at all. */
import { sentence, spanText } from '../figures.ts'
import { type Found, found, type Look, limit } from './look.ts'

/** After this nobody needs to be told again of a run that nobody repeated. */
const forgottenMs = 7 * 86_400_000

export function runs(look: Look): Found[] {
  const run = look.facts.lastRun
  if (!run || (run.status !== 'failed' && run.status !== 'partial')) return []
  if (look.now.getTime() - Date.parse(run.endedAt) > forgottenMs) return []
  return [
    found('run-failed', {
      subject: run.id,
      words: sentence(
        `The last run (${run.kind}) ${run.status === 'failed' ? 'failed' : 'was done in part only'}: ${run.message}`,
      ),
      cure: 'Its page shows the step and the reason. When that is mended, press Retry: it goes on where it stopped.',
    }),
  ]
}

export function watching(look: Look): Found[] {
  const { at } = look.watch
  if (at === null) return []
  const age = (look.now.getTime() - Date.parse(at)) / 1000
  if (age <= limit(look, 'watching-stopped', 'seconds')) return []
  return [
    found('watching-stopped', {
      value: age,
      words: `Nobody has looked at the cluster for ${spanText(age)}: what this page shows is old, and no alert is sent.`,
      cure: "Start Bramble's worker: “./bramble up” runs it beside the dashboard; its log says what keeps it from the nodes.",
    }),
  ]
}
