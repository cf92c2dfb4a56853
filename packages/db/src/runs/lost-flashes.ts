/** Flashes that nobody carries on: their cards are told as unfinished, and the run ends. It never begins again. */
import { readerPhases } from '@bramble/cluster'
import type pg from 'pg'
import { transaction } from '../store/connection.ts'
import type { TroubleView } from '../store/trouble.ts'

/** A flash is meant for the card in the reader now: an hour later it may be another's. */
const patience = '60 seconds'

/** Ends the running flashes whose worker died, and the queued ones that no worker of their station took up. */
export async function endLostFlashes(): Promise<void> {
  await transaction(async (client) => {
    const { rows } = await client.query<{ id: string; status: string; station: string }>(
      `select id, status, coalesce((select name from station where station.id = request #>> '{flash,station}'), 'the station')
         as station
       from run where kind = 'flash'
         and ((status = 'running' and (lease_until is null or lease_until < now()))
           or (status = 'queued' and created_at < now() - interval '${patience}'))
       for update of run skip locked`,
    )
    for (const { id, status, station } of rows) {
      const trouble = status === 'running' ? await workerDied(client, id, station) : notTaken(station)
      await closeCards(client, id, 'failed', trouble)
      await endUnheld(client, id, trouble)
    }
  })
}

/** Cards that the run has not finished are told as failed or cancelled, with the reason. */
export async function closeCards(
  client: pg.PoolClient,
  run: string,
  phase: 'failed' | 'cancelled',
  trouble: TroubleView,
): Promise<void> {
  await client.query(
    `update card_record set phase = $3, progress = null, trouble = $4::jsonb
     where run_id = $1 and phase = any($2) returning pg_notify('bramble_card', id::text)`,
    [run, readerPhases, phase, JSON.stringify(trouble)],
  )
}

/** Names the nodes whose cards are half written. */
export async function workerDied(client: pg.PoolClient, run: string, station: string): Promise<TroubleView> {
  const { rows } = await client.query<{ node: string }>(
    'select node from card_record where run_id = $1 and phase = any($2) order by node',
    [run, readerPhases],
  )
  const nodes = rows.map(({ node }) => node)
  if (nodes.length === 0)
    return {
      code: 'flash-worker-died',
      message: `The worker on ${station} stopped after the last card was finished.`,
      cure: 'Nothing is lost: cards reported as written are valid.',
    }
  const [cards, blocks] =
    nodes.length === 1 ? ['The card', 'its first block is'] : ['The cards', 'their first blocks are']
  const [they, them] = nodes.length === 1 ? ['it', 'it'] : ['they', 'them']
  return {
    code: 'flash-worker-died',
    message: `The worker on ${station} stopped in the middle of it. ${cards} of ${nodes.join(', ')} ${nodes.length === 1 ? 'is' : 'are'} not finished: ${blocks} blank, so ${they} will not boot.`,
    cure: `Put ${them} in again and press Flash.`,
  }
}

const notTaken = (station: string): TroubleView => ({
  code: 'station-away',
  message: `No worker on ${station} took this up in time. Nothing was written.`,
  cure: `Look whether Bramble runs on ${station}, then press Flash again.`,
})

/** Ends a run as failed that nobody carries out. */
export async function endUnheld(client: pg.PoolClient, run: string, trouble: TroubleView): Promise<void> {
  const message = `${trouble.message} ${trouble.cure}`
  const outcome = { status: 'failed', changed: 0, seconds: 0, message, nodes: [] }
  await client.query(`delete from step where run_id = $1 and status in ('running', 'waiting')`, [run])
  await client.query(
    `update run set status = 'failed', outcome = $2::jsonb, trouble = $3::jsonb, ended_at = now(), fence = fence + 1,
       lease_owner = null, lease_until = null
     where id = $1 returning pg_notify('bramble_run', id::text)`,
    [run, JSON.stringify(outcome), JSON.stringify(trouble)],
  )
  await client.query(
    `insert into audit (who, what, target, outcome, detail)
     select run.requested_by, 'run.ended', cluster.name || ' ' || run.kind || ' ' || run.id, 'failed', $2
     from run join cluster on cluster.id = run.cluster_id where run.id = $1`,
    [run, message],
  )
}
