/** What of a flash is secret: encrypted by a worker for the station that carries it out, and gone with the run. */
import { ClusterSpec, type FlashRequest, RunRequest } from '@bramble/cluster'
import { closeCards, endUnheld } from '../runs/lost-flashes.ts'
import { prisma, transaction } from '../store/connection.ts'
import { notify } from '../store/listen.ts'
import type { TroubleView } from '../store/trouble.ts'

export interface FlashToSeal {
  run: string
  clusterId: string
  spec: ClusterSpec
  flash: FlashRequest
  /** The cluster's Wi-Fi goes onto the cards. */
  wifi: boolean
  /** X25519 key of the station. */
  publicKey: Uint8Array
}

/** A flash that waits for its kit; null when there is nothing to do. */
export async function flashToSeal(run: string): Promise<FlashToSeal | null> {
  const row = await prisma().run.findUnique({ where: { id: run }, include: { flashKit: true } })
  if (row?.kind !== 'flash' || row.status !== 'queued' || row.flashKit) return null
  const { flash } = RunRequest.parse(row.request)
  if (!flash) return null
  const station = await prisma().station.findUnique({ where: { id: flash.station } })
  if (!station?.publicKey) return null
  const wifi = await prisma().cardRecord.count({ where: { runId: run, wifi: true } })
  const { publicKey } = station
  return { run, clusterId: row.clusterId, spec: ClusterSpec.parse(row.spec), flash, wifi: wifi > 0, publicKey }
}

/** The station may take the flash up from now on. */
export async function storeFlashKit(run: string, box: Uint8Array): Promise<void> {
  await prisma().flashKit.createMany({ data: [{ runId: run, box: new Uint8Array(box) }], skipDuplicates: true })
  await notify('bramble_run', run)
}

/** A flash that cannot be prepared ends before it begins. Nothing when it was taken up or has ended. */
export async function refuseFlash(run: string, trouble: TroubleView): Promise<void> {
  await transaction(async (client) => {
    const { rowCount } = await client.query(`select from run where id = $1 and status = 'queued' for update`, [run])
    if (rowCount !== 1) return
    await closeCards(client, run, 'failed', trouble)
    await endUnheld(client, run, trouble)
  })
}
