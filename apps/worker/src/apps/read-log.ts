/** The log of an app, read from its nodes because somebody looks at it. */
import { type AppLogLine, answerAppLog, claimAppLog } from '@bramble/db'
import { appLogs, troubleWords } from '@bramble/provision'
import { openWays } from '../sites.ts'

const limitMs = 60_000

export async function appLogJob(id: string, ending: AbortSignal): Promise<void> {
  const asked = await claimAppLog(id)
  if (!asked) return
  const { clusterId, spec, app, lines } = asked
  const fleet = await openWays({ id: clusterId, spec })
  try {
    const signal = AbortSignal.any([AbortSignal.timeout(limitMs), ending])
    const found = await appLogs({ spec, fleet, app, lines, signal })
    const now = new Date().toISOString()
    const silent = found.away.map((node): AppLogLine => ({ at: now, node, process: 'bramble', text: 'Unreachable.' }))
    const read = found.lines.map(({ at, node, process, text }): AppLogLine => ({ at, node, process, text }))
    await answerAppLog(id, { lines: [...read, ...silent] })
  } catch (error) {
    const words = troubleWords(error, 'The log could not be read', 'Try again.')
    await answerAppLog(id, { trouble: words })
  } finally {
    await fleet.close()
  }
}
