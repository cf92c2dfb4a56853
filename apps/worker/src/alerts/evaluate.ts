/** After every look at a cluster: what it means for the alerts. Called by the watcher, once a tick. */
import { type ClusterSpec, type ClusterWatch, examine, type HostDisk, type Sample, siteAnswers } from '@bramble/cluster'
import { readRuleSettings, settleAlerts } from '@bramble/db/alerts'
import { readAppFacts } from '@bramble/db/apps'
import { readBackupFacts } from '@bramble/db/backups'
import { eldestWatched, recordEvents } from '@bramble/db/metrics'
import { lastWork } from '@bramble/db/runs'
import { calmSeconds, decide } from './decide.ts'
import { marks } from './marks.ts'

export interface Tick {
  /** Id. */
  cluster: string
  spec: ClusterSpec
  /** The states after this look. */
  watch: ClusterWatch
  /** What was measured in this look. */
  samples: readonly Sample[]
  /** Null: not known. */
  hostDisk?: HostDisk | null
  now: Date
}

/**
 * Writes down what begins and ends, and queues the messages: see `deliver`. The same look twice changes nothing.
 * Returns how many alerts are open, those for information not counted.
 */
export async function evaluateAlerts({ cluster, spec, watch, samples, hostDisk = null, now }: Tick): Promise<number> {
  const [settings, lastRun, backup, eldest, apps] = await Promise.all([
    readRuleSettings(cluster),
    lastWork(cluster),
    spec.backup ? readBackupFacts(cluster) : null,
    hostDisk && eldestWatched(),
    spec.apps?.length ? readAppFacts(cluster) : [],
  ])
  // The host is one, however many clusters it watches.
  const own = eldest === cluster ? hostDisk : null
  const facts = { site: siteAnswers(samples), lastRun, backup, hostDisk: own, apps }
  const examination = examine({ spec, watch, now, settings, facts })
  const { saved, open } = await settleAlerts({
    cluster,
    recent: new Date(now.getTime() - calmSeconds * 1000),
    decide: (known, silences) => decide({ examination, known, silences, settings, now }),
  })
  const events = marks(saved, now)
  if (events.length > 0) await recordEvents({ cluster, events })
  return open
}
