/** A Raspberry Pi 3B in QEMU: four Cortex-A53, 1 GB, its own SD controller and USB network. No clock, like the real one. */
import type { ChildProcess } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { start } from '@bramble/provision/local'
import { arrivalsPort, type Layout, nodeLayout } from '../layout.ts'
import { readBootFiles } from './firmware.ts'

export interface Pi3 {
  /** Text of its serial console, as a file. */
  console: string
  /** Resolves when it is off, with QEMU's exit status; a reboot switches it off. */
  off: Promise<number | null>
  /** Takes its power. */
  pull(): Promise<void>
}

/**
 * Puts the card in and switches on. The Pi's network is the lab's, made of QEMU alone: its SSH door is `sshPort` of
 * 127.0.0.1, what it says to the lab's arrivals port goes to the lab's arrivals socket, and nothing else leaves.
 */
export async function powerOn(input: {
  layout: Layout
  /** Counts from 1: the address and MAC of the lab's node of that number. */
  number: number
  card: string
  sshPort: number
}): Promise<Pi3> {
  const { layout, card, sshPort } = input
  const node = nodeLayout(layout, input.number)
  await mkdir(node.runtime, { recursive: true })
  const { kernel, initrd, deviceTree, commandLine } = await readBootFiles(card, node.runtime)
  const console = join(layout.state, `${node.name}.console.log`)
  // The station's own address must not be QEMU's, or the arrivals port could not be led elsewhere.
  const network = [
    'user,id=lan,restrict=on',
    `net=${layout.subnet}.0/24,host=${layout.subnet}.2,dns=${layout.subnet}.3`,
    `hostfwd=tcp:127.0.0.1:${sshPort}-${node.address}:22`,
    `guestfwd=tcp:${layout.bridgeAddress}:${arrivalsPort}-cmd:socat - UNIX-CONNECT:${layout.arrivals}`,
  ]
  const child = start(
    [
      ...['qemu-system-aarch64', '-M', 'raspi3b', '-accel', 'tcg,thread=multi'],
      ...['-kernel', kernel, '-initrd', initrd, '-dtb', deviceTree, '-append', commandLine],
      ...['-drive', `if=sd,format=raw,file=${card},cache=writeback`],
      ...['-device', `usb-net,netdev=lan,mac=${node.mac}`, '-netdev', network.join(',')],
      ...['-display', 'none', '-monitor', 'none', '-serial', `file:${console}`, '-no-reboot'],
    ],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  )
  const off = ended(child)
  const pull = async () => {
    child.kill('SIGKILL')
    await off
  }
  return { console, off, pull }
}

function ended(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => resolve(code))
  })
}
