/** Switches a board on in QEMU, with the lab's network made of QEMU alone. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { start } from '@bramble/process'
import { arrivalsPort, type Layout, nodeLayout } from '../host/layout.ts'
import type { Board } from './board.ts'

export interface Emulated {
  /** File with what its serial console said since it was switched on last. */
  console: string
  /** Times it was started, reboots included. */
  readonly boots: number
  /** Resolves with the reason when it is off for good. */
  off: Promise<string>
  /** Takes its power. */
  pull(): Promise<void>
}

/** More reboots than that are a circle. */
const mostBoots = 4

/**
 * Puts the card in and switches on; after a reboot the card is read anew, as a firmware would. Its SSH door is `sshPort` of
 * 127.0.0.1, what it says to the lab's arrivals port goes to the lab's arrivals socket, and nothing else leaves.
 */
export async function powerOn(input: {
  board: Board
  layout: Layout
  /** Counts from 1: the address and MAC of the lab's node of that number. */
  number: number
  card: string
  sshPort: number
}): Promise<Emulated> {
  const { board, layout, card, sshPort } = input
  const node = nodeLayout(layout, input.number)
  await mkdir(node.runtime, { recursive: true })
  const console = join(layout.state, `${node.name}.console.log`)
  // The station's own address must not be QEMU's, or the arrivals port could not be led elsewhere.
  const network = [
    'user,id=lan,restrict=on',
    `net=${layout.subnet}.0/24,host=${layout.subnet}.2,dns=${layout.subnet}.3`,
    `hostfwd=tcp:127.0.0.1:${sshPort}-${node.address}:22`,
    `guestfwd=tcp:${layout.bridgeAddress}:${arrivalsPort}-cmd:socat - UNIX-CONNECT:${layout.arrivals}`,
  ]
  const around = [
    ...['-netdev', network.join(','), '-display', 'none', '-monitor', 'none'],
    ...['-serial', `file:${console}`, '-no-reboot'],
  ]
  let boots = 0
  let pulled = false
  let kill = () => {}

  async function boot(): Promise<string> {
    while (boots < mostBoots) {
      const hardware = await board.hardware({ card, folder: node.runtime, mac: node.mac })
      if (pulled) return 'its power was cut'
      boots++
      // Complaints of QEMU about its own devices are nobody's; the console is what tells.
      const child = start([...hardware, ...around], { stdio: 'ignore' })
      kill = () => child.kill('SIGKILL')
      const code = await new Promise<number | null>((resolve, reject) => {
        child.once('error', reject)
        child.once('exit', resolve)
      })
      if (pulled) return 'its power was cut'
      if (code !== 0) return `QEMU ended with ${code}`
    }
    return `it rebooted ${mostBoots} times`
  }

  const off = boot()
  off.catch(() => undefined)
  const pull = async () => {
    pulled = true
    kill()
    await off.catch(() => undefined)
  }
  return {
    console,
    get boots() {
      return boots
    },
    off,
    pull,
  }
}
