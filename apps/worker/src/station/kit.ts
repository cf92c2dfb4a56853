/** What of a flash is secret: opened by a worker, for its own machine or encrypted for the one station that writes the cards. */
import { type ClusterSpec, FlashKit, type FlashRequest, flashKitPlace } from '@bramble/cluster'
import { flashToSeal, refuseFlash, storeFlashKit } from '@bramble/db/flash'
import { clusterWifi, issueFor, sealFor } from '@bramble/db/secrets'
import { issueSecrets, openSecrets, Trouble, troubleWords } from '@bramble/provision'

/** Base URLs that the Pi at an address calls when it boots. */
export type CallHome = (address: string, network: FlashRequest['settings']['network']) => string[]

/** Trouble `wifi-missing`. */
export async function openFlashKit(
  asked: { clusterId: string; spec: ClusterSpec; flash: FlashRequest; wifi: boolean },
  callHome: CallHome,
): Promise<FlashKit> {
  const { clusterId, spec, flash } = asked
  const stored = await issueFor(
    clusterId,
    async (kept) => (await issueSecrets(spec, kept, new Date(), { renew: 'none' })).stored,
  )
  const wifi = asked.wifi ? await clusterWifi(clusterId) : null
  if (asked.wifi && !wifi)
    throw new Trouble('wifi-missing', 'The Wi-Fi settings of this cluster are no longer stored.', 'Enter them again.')
  const nodes = spec.nodes.filter(({ name }) => flash.cards.some(({ node }) => node === name))
  return {
    authorizedKey: openSecrets(stored).ssh.publicKey,
    wifi,
    callHome: Object.fromEntries(nodes.map(({ name, address }) => [name, callHome(address, flash.settings.network)])),
  }
}

/** The job: the station gets what it needs for this flash, and can read nothing else. */
export async function flashKitJob(run: string, callHome: CallHome): Promise<void> {
  const asked = await flashToSeal(run)
  if (!asked) return
  try {
    const kit = FlashKit.parse(await openFlashKit(asked, callHome))
    await storeFlashKit(run, sealFor(asked.publicKey, Buffer.from(JSON.stringify(kit)), flashKitPlace(run)))
  } catch (error) {
    if (!(error instanceof Trouble)) console.error(`flash ${run}:`, error)
    await refuseFlash(run, troubleWords(error, 'Internal error of Bramble', 'Press Flash again.'))
  }
}
