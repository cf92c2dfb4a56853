/** Nodes that were off during a deploy do not have the release that serves: it is copied to them. */
import type { ClusterSpec, RunEvent } from '@bramble/cluster'
import { Trouble } from '../../core/types.ts'
import type { Fleet } from '../../transports/fleet.ts'
import type { ServingRecord } from '../serving/records.ts'
import { copyRelease, writeEnvironment } from './files.ts'
import { readReports, readState, slotOn } from './state.ts'
import { openStore } from './store.ts'

export interface KeptFiles {
  /** Path of the archive; null: it is not kept. */
  archive: string | null
  /** Content of the environment file; null: it is not kept. */
  environment: string | null
}

export interface CompleteInput {
  spec: ClusterSpec
  fleet: Fleet
  signal: AbortSignal
  emit: (event: RunEvent) => void
  /** What Bramble keeps of what serves. */
  kept: (record: ServingRecord) => Promise<KeptFiles>
}

export interface Completed {
  app: string
  node: string
  /** Null: it has the release now. */
  problem: string | null
}

/** Copies what serves to every node that reports it as missing. The agent there starts it by itself. */
export async function completeApps({ spec, fleet, signal, emit, kept }: CompleteInput): Promise<Completed[]> {
  const store = openStore({ spec, fleet })
  const [{ apps }, reports] = [await readState(store), await readReports(store)]
  const missing = Object.values(apps).flatMap(({ serving }) =>
    serving
      ? serving.nodes
          .filter((node) => slotOn(reports[node], serving)?.state === 'missing')
          .map((node) => ({ node, serving }))
      : [],
  )
  const done: Completed[] = []
  for (const { node: name, serving } of missing) {
    const node = spec.nodes.find((one) => one.name === name)
    if (!node) continue
    const end = (problem: string | null) => done.push({ app: serving.app, node: name, problem })
    try {
      const { archive, environment } = await kept(serving)
      if (archive === null || environment === null) {
        end(`Release ${serving.release.slice(0, 12)} is not kept here: deploy the app again.`)
        continue
      }
      const text = `Copy release ${serving.release.slice(0, 12)} of ${serving.app}, which it does not have`
      emit({ type: 'log', node: name, step: null, stream: 'bramble', text })
      const transport = await fleet.connect(node, signal)
      const at = { app: serving.app }
      await writeEnvironment(transport, at, { digest: serving.environment, content: environment }, { signal })
      await copyRelease(transport, { at, release: { digest: serving.release, path: archive }, signal })
      end(null)
    } catch (error) {
      if (signal.aborted || !(error instanceof Trouble)) throw error
      end(error.message)
    }
  }
  return done
}
