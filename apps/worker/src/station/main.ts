/** `tsx src/station/main.ts`: a station for a Bramble on another machine, until SIGTERM. It has neither database nor master key. */
import { randomUUID } from 'node:crypto'
import { mkdir, rm } from 'node:fs/promises'
import { hostname } from 'node:os'
import { Refusal } from '@bramble/db'
import { dataFolder, imagesFolder } from '../env.ts'
import type { Hold } from '../lease.ts'
import { openFlashPlace } from './flash-place.ts'
import { workOnFlash } from './flash-run.ts'
import { StationClient } from './http.ts'
import { joinBramble, joinWords, readIdentity, type StationIdentity } from './identity.ts'
import { ImageKeeper } from './images.ts'
import { followWork, remoteServer } from './remote.ts'
import { Station } from './station.ts'

/** sysexits: wrong configuration. Starting again does not help. */
const misconfigured = 78
const endMs = 15_000
const sweepMs = 10 * 60_000

async function identify(data: string): Promise<StationIdentity> {
  const { BRAMBLE_JOIN_URL: url, BRAMBLE_JOIN_CODE: code } = process.env
  if (!url || !code) return readIdentity(data)
  const before = await readIdentity(data).catch(() => null)
  const identity = await joinBramble({ url, code, data })
  if (before)
    console.log(
      `Before, this machine was the station ${before.name} of ${before.url}: remove it there on the page Flash.`,
    )
  return identity
}

async function runStation(): Promise<void> {
  const data = dataFolder(process.env)
  await mkdir(data, { recursive: true, mode: 0o700 })
  const identity = await identify(data)
  const ending = new AbortController()
  const { signal } = ending
  const holds = new Map<string, Hold>()
  let removed = false
  const end = () => {
    if (signal.aborted) return
    setTimeout(() => process.exit(removed ? misconfigured : 1), endMs).unref()
    ending.abort()
    for (const hold of holds.values()) hold.leave()
  }
  const owner = `${hostname()
    .replace(/[^A-Za-z0-9-]/g, '-')
    .slice(0, 30)}-${process.pid}-${randomUUID().slice(0, 8)}`
  const client = new StationClient(identity, owner, () => {
    removed = true
    end()
  })
  const server = remoteServer(client, owner, identity.privateKey, signal)
  const folders = { data, images: imagesFolder(process.env) }
  const station = new Station(server, Object.values(folders))
  const images = new ImageKeeper(server.images, folders, signal)
  const place = await openFlashPlace({ data, owner, protect: station.protect, images })
  process.on('SIGTERM', end)
  process.on('SIGINT', end)
  console.log(`This machine is the station ${identity.name} of ${identity.url}`)
  const sweeping = setInterval(() => void images.sweep().catch(logged), sweepMs)
  const flashing = new Set<Promise<void>>()
  await Promise.all([
    images.open().catch((error: Error) => (signal.aborted ? undefined : logged(error))),
    station.run(signal),
    followWork(client, signal, async ({ kind, id }) => {
      if (kind === 'cancel') holds.get(id)?.stop('cancelled')
      else if (kind === 'image') await images.work(id)
      else {
        const flash = workOnFlash(id, server.flashes, holds, place)
        flashing.add(flash)
        await flash.finally(() => flashing.delete(flash))
      }
    }),
  ])
  await Promise.allSettled(flashing)
  clearInterval(sweeping)
  await rm(place.workdir, { recursive: true, force: true })
  if (removed) throw new Refusal('station-removed', `${identity.url} no longer knows this station.`, joinWords)
}

const logged = (error: Error) => console.error(`station: ${error.message}`)

try {
  await runStation()
  process.exit(0)
} catch (error) {
  if (!(error instanceof Refusal)) throw error
  console.error(`${error.message} ${error.cure}`)
  process.exit(misconfigured)
}
