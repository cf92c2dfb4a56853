/** Ending a lab from what is found on the machine, whether or not its supervisor or its record survived. */
import { readdir, rm, rmdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { detachAll } from '../cards/card-slots.ts'
import { type Layout, maxNodes, nodeLayout } from '../host/layout.ts'
import { lowerNetwork } from '../network/network.ts'
import { allLabs, hierarchies, killAll, removeCgroups, removeEmptyCgroup } from '../nodes/cgroups.ts'
import { pullPlug } from '../nodes/power.ts'

/** Ends every node, the card slots, the network, mounts, cgroups and sockets. Disks, cards and keys stay. */
export async function tearDown(layout: Layout, onLine: (line: string) => void = () => {}): Promise<void> {
  const namespaces = await names('/run/netns')
  const disks = await names(`${layout.state}/disks`)
  const running = await names(layout.runtime)
  const cgroups = (
    await Promise.all((await hierarchies()).map(({ mount }) => names(`${mount}/bramble-lab/${layout.id}`)))
  ).flat()
  const places = Array.from({ length: maxNodes }, (_, index) => nodeLayout(layout, index + 1)).filter(
    ({ name, namespace }) => namespaces.includes(namespace) || [...disks, ...running, ...cgroups].includes(name),
  )
  await Promise.all(
    places.map(async (place) => {
      await pullPlug(layout, place)
      onLine(`${place.name} is off`)
    }),
  )
  await detachAll(layout)
  await lowerNetwork(layout)
  const group = `bramble-lab/${layout.id}`
  await killAll(group)
  await removeCgroups(group)
  // The folder of all labs goes with the last of them; while another runs it is not empty, and stays.
  await removeEmptyCgroup(allLabs)
  await rm(layout.runtime, { recursive: true, force: true })
  await rmdir(dirname(layout.runtime)).catch(() => undefined)
}

function names(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => [])
}
