/** Waiting for conditions, never for a guess of a time. */
import { setTimeout as pause } from 'node:timers/promises'
import { dial } from '@bramble/provision/dial'
import { LabError } from './errors.ts'
import type { NodeLayout } from './layout.ts'

/** Asks every 100 ms until `holds` is true. Throws LabError `lab-timeout` after `timeout` milliseconds. */
export async function waitFor(what: string, timeout: number, holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + timeout
  while (!(await holds())) {
    if (Date.now() > deadline)
      throw new LabError(
        'lab-timeout',
        `Waited ${timeout / 1000} s for ${what}. See its log in the lab's folder, then try again.`,
      )
    await pause(100)
  }
}

/** Until the node's SSH server greets through the gateway; 90 s at most. */
export async function waitForSsh(node: NodeLayout): Promise<void> {
  await waitFor(`${node.name} to answer SSH at ${node.address}`, 90_000, () => greets(node))
}

async function greets(node: NodeLayout): Promise<boolean> {
  const socket = await dial(node.address, 22, { timeout: 3_000 }).catch(() => null)
  if (!socket) return false
  return new Promise((resolve) => {
    const end = (greeted: boolean) => {
      socket.destroy()
      resolve(greeted)
    }
    socket.setTimeout(5_000, () => end(false))
    socket.once('close', () => end(false))
    socket.on('error', () => end(false))
    socket.once('data', (data) => end(data.toString('latin1').startsWith('SSH-')))
    socket.resume()
  })
}
