/** Listens where a worker would for the first words of a Pi. */
import { mkdir, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { dirname } from 'node:path'
import { json } from 'node:stream/consumers'
import { Arrival, verifyArrival } from '@bramble/provision/flash'
import { LabError } from '../host/errors.ts'

export interface Arrivals {
  /** The first call of this stage whose signature holds. Throws LabError `lab-timeout` after `timeout` milliseconds. */
  wait(stage: Arrival['stage'], timeout: number): Promise<Arrival>
  /** Calls that were turned away, with the reason. */
  readonly refused: readonly string[]
  close(): Promise<void>
}

/** `publicLine`: the pinned key of the card's node. */
export async function awaitArrivals(socket: string, cardId: string, publicLine: string): Promise<Arrivals> {
  const heard: Arrival[] = []
  const refused: string[] = []
  const listeners = new Set<() => void>()
  const server = createServer(async (request, response) => {
    const said = Arrival.safeParse(await json(request).catch(() => null))
    const reason = !said.success
      ? 'not a first-boot report'
      : said.data.card !== cardId
        ? 'a different card'
        : verifyArrival(said.data, publicLine)
          ? null
          : 'an invalid signature'
    response.writeHead(reason === null ? 204 : 403, { connection: 'close' }).end()
    if (reason !== null) refused.push(reason)
    else if (said.success) heard.push(said.data)
    for (const listener of listeners) listener()
  })
  await mkdir(dirname(socket), { recursive: true })
  await rm(socket, { force: true })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(socket, resolve)
  })
  return {
    refused,
    wait: (stage, timeout) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const found = heard.find((arrival) => arrival.stage === stage)
          if (!found) return
          clearTimeout(timer)
          listeners.delete(look)
          resolve(found)
        }
        const timer = setTimeout(() => {
          listeners.delete(look)
          const why = refused.length > 0 ? ` Rejected: ${[...new Set(refused)].join(', ')}.` : ''
          reject(
            new LabError(
              'lab-timeout',
              `Waited ${timeout / 1000} s for the emulated Pi to say "${stage}".${why} See its console.`,
            ),
          )
        }, timeout)
        listeners.add(look)
        look()
      }),
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}
