/** A writer and a visitor at once: what clients on the LAN notice while something happens to the cluster. */
import { setTimeout as sleep } from 'node:timers/promises'
import { type ClusterSpec, nodesWith } from '@bramble/cluster'
import { type DoorSecrets, databaseDoor, siteDoor } from './endpoints.ts'
import { startVisitor, type Visitor } from './http-client.ts'
import { startWriter } from './sql-client.ts'

/** Seconds; `lost` null: the cluster did not say, because writes do not pass yet. */
export interface Sight {
  writeOutage: number
  /** Null: the site never answered, or there is none. */
  siteOutage: number | null
  acknowledged: number
  lost: number | null
  failedWrites: number
  requests: number
  failedRequests: number
}

export interface Witness {
  /** Name of the table with the numbered rows, until `end`. */
  readonly table: string
  /** Seconds since both had success; the site counts only when it has answered before. */
  silence(): { writes: number; site: number }
  /** Waits until writes pass again, `seconds` at most, then ends the watching and says what was seen. */
  finish(seconds: number): Promise<Sight>
  /** Leaves nothing behind; also after `finish`. */
  end(): Promise<void>
}

/** Throws, with the reason, when nobody can write through the virtual IP within `patience` seconds. */
export async function startWitness(
  spec: ClusterSpec,
  secrets: DoorSecrets,
  { patience }: { patience: number },
): Promise<Witness> {
  const writer = await startWriter(databaseDoor(spec, secrets), { patience })
  const visitor: Visitor | null = nodesWith(spec, 'web').length > 0 ? startVisitor(siteDoor(spec)) : null
  const stop = () => Promise.all([writer.stop(), visitor?.stop()])
  return {
    table: writer.table,
    silence: () => ({
      writes: writer.silence(),
      site: visitor && visitor.answered() > 0 ? visitor.silence() : 0,
    }),
    async finish(seconds) {
      const passes = await writer.next(seconds).then(
        () => true,
        () => false,
      )
      // Both are stopped at the same time, so that neither is counted as away while the other ends.
      const outages = { writes: writer.outage(), site: visitor?.outage() ?? 0 }
      await stop()
      const missing = passes ? await writer.missing().catch(() => null) : null
      const answered = visitor?.answered() ?? 0
      const failedRequests = answered > 0 ? (visitor?.failed() ?? 0) : 0
      return {
        writeOutage: outages.writes,
        siteOutage: answered > 0 ? outages.site : null,
        acknowledged: writer.acknowledged(),
        lost: missing?.length ?? null,
        failedWrites: writer.failed(),
        requests: answered + failedRequests,
        failedRequests,
      }
    },
    async end() {
      await stop()
      // A table that cannot be dropped now is swept by a later checker.
      await Promise.race([writer.forget().catch(() => undefined), sleep(15_000, undefined, { ref: false })])
    },
  }
}

/** Only how long it took: where it is the purpose that writes are missing. */
export const outageWords = ({ writeOutage, lost }: Sight): string =>
  lost === null ? 'Writes have not recovered yet.' : `The longest write outage was ${writeOutage.toFixed(1)} s.`

/** The sight in words, for the end of a run. */
export function sightWords({ writeOutage, siteOutage, acknowledged, lost }: Sight): string {
  const seconds = (value: number) => `${value.toFixed(1)} s`
  const writes =
    lost === null
      ? 'Writes have not recovered yet.'
      : `The longest write outage was ${seconds(writeOutage)}; ${lost === 0 ? 'none' : lost} of ${acknowledged} acknowledged writes ${lost === 1 ? 'was' : 'were'} lost.`
  return siteOutage === null ? writes : `${writes} The longest outage of the site was ${seconds(siteOutage)}.`
}
