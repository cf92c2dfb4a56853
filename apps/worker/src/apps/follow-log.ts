/** The log of an app, followed on its nodes as long as somebody looks at it. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { AppLogLine } from '@bramble/cluster'
import { claimAppLog, leaveAppLog, markNewest, renewAppLog, writeAppLog } from '@bramble/db/apps'
import { followAppLogs, troubleWords } from '@bramble/provision'
import { openWays } from '../sites.ts'
import { redactorFor } from './redact-status.ts'

/** Milliseconds between two batches, and between two looks at whether somebody still reads. */
const flushMs = 400
const renewMs = 5_000
/** Of each node, at the beginning. */
const firstLines = 200
/** Of one batch; an app that logs more in that time is told as one with a gap. */
const mostLines = 400
const longestLine = 4_000

export async function followLogJob(id: string, owner: string, ending: AbortSignal): Promise<void> {
  const asked = await claimAppLog(id, owner)
  if (!asked) return
  const { clusterId, spec, app } = asked
  const fleet = await openWays({ id: clusterId, spec })
  const stop = new AbortController()
  const signal = AbortSignal.any([stop.signal, ending])
  const waiting = new Waiting()
  const found = spec.apps?.find(({ name }) => name === app)
  let [isNewest, isTold] = [false, false]
  const redact = found ? await redactorFor(clusterId, found) : () => ''
  const following = followAppLogs({
    ...{ spec, fleet, app, lines: firstLines, signal },
    onLine: ({ at, node, process, text }) =>
      waiting.add({ at, node, process, text: redact(text).slice(0, longestLine) }),
    onAway: (node) => waiting.add(said(node, 'Unreachable: its lines are missing from here on.')),
    onNewest: () => {
      isNewest = true
    },
  })
  // Nodes that are lost are named beside the others; the follow goes on until nobody looks.
  let trouble: unknown = null
  following.catch((error: unknown) => {
    trouble = error
    stop.abort()
  })
  try {
    for (let renewed = Date.now(); !signal.aborted; ) {
      const [lines, newest] = [waiting.take(), isNewest]
      if (lines.length > 0) await writeAppLog(id, owner, lines)
      if (newest && !isTold) {
        await markNewest(id, owner)
        isTold = true
      }
      if (Date.now() - renewed > renewMs) {
        renewed = Date.now()
        if (!(await renewAppLog(id, owner))) break
      }
      await sleep(flushMs, undefined, { signal }).catch(() => undefined)
    }
  } finally {
    stop.abort()
    await following.catch(() => undefined)
    await fleet.close()
    const words = trouble === null ? null : troubleWords(trouble, 'The log could not be read', 'Try again.')
    await leaveAppLog(id, owner, words)
  }
}

/** Lines that are to be written; of too many the newest. */
class Waiting {
  #lines: AppLogLine[] = []
  #left = 0

  add(line: AppLogLine): void {
    this.#lines.push(line)
    if (this.#lines.length <= mostLines) return
    this.#lines.shift()
    this.#left++
  }

  take(): AppLogLine[] {
    const lines = this.#lines
    const left = this.#left
    this.#lines = []
    this.#left = 0
    if (left === 0) return lines
    const [first] = lines
    return [
      { ...said('', `${left} lines were left out: the app logs faster than they can be shown.`), at: first!.at },
      ...lines,
    ]
  }
}

const said = (node: string, text: string): AppLogLine => ({
  at: new Date().toISOString(),
  node,
  process: 'bramble',
  text,
})
