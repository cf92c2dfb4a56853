/** An upload to a dashboard in pieces. One that was interrupted continues: the dashboard knows it by its SHA-256. */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { appApi, type FoundApp } from '@bramble/cluster'
import { Trouble } from '@bramble/provision'
import { ConnectionLost, type DashboardClient } from './client.ts'

/** Bytes of one piece: as much as a dashboard takes, and as little as a slow line gets through in the half minute it has for it. */
const largestPiece = 4_000_000
const leastPiece = 100_000
/** Connections in a row that are lost before it is given up. */
const mostAttempts = 30
const pauseMs = 2_000
const pollMs = 500

export interface Sending {
  client: DashboardClient
  cluster: string
  app: string
  /** How it is called, and the archive itself. */
  name: string
  path: string
  signal: AbortSignal
  /** Bytes that the dashboard has; `resumed`: it had them before. */
  onProgress: (progress: { received: number; size: number; resumed: boolean }) => void
}

/** What a worker of the dashboard found in it. Trouble: why it was refused, or `uploads-full`, `disk-full`, …; ConnectionLost. */
export async function sendUpload(sending: Sending): Promise<{ id: string; found: FoundApp }> {
  const { client, cluster, app, name, path, signal, onProgress } = sending
  const file = await open(path, 'r')
  try {
    const { size } = await file.stat()
    const body = { name, size, sha256: await sha256(path, signal), app }
    const uploads = `/api/clusters/${cluster}/uploads`
    let state = await client.ask(appApi.Upload, uploads, { method: 'POST', body })
    const at = `${uploads}/${state.id}`
    if (state.received > 0) onProgress({ received: state.received, size, resumed: true })
    let most = largestPiece
    for (let failures = 0; state.state === 'receiving'; ) {
      const piece = Buffer.alloc(Math.min(most, size - state.received))
      const { bytesRead } = await file.read(piece, 0, piece.length, state.received)
      if (bytesRead < piece.length)
        throw new Trouble('upload-changed', `${name} changed while it was sent.`, 'Deploy it again.')
      try {
        const headers = { 'upload-offset': `${state.received}`, 'content-type': 'application/octet-stream' }
        state = await client.ask(appApi.Upload, at, { method: 'PATCH', bytes: { content: piece, headers } })
        failures = 0
      } catch (error) {
        signal.throwIfAborted()
        if (!canContinue(error) || ++failures >= mostAttempts) throw error
        if (error instanceof ConnectionLost) {
          most = Math.max(leastPiece, most / 2)
          await sleep(pauseMs, undefined, { signal })
        }
        // A piece that was cut off is there in part, and an answer may have been lost.
        state = await client.ask(appApi.Upload, at).catch((again) => {
          if (again instanceof ConnectionLost && !signal.aborted) return state
          throw again
        })
      }
      onProgress({ received: state.received, size, resumed: false })
    }
    return { id: state.id, found: await whenChecked(client, at, state, signal) }
  } finally {
    await file.close()
  }
}

const canContinue = (error: unknown): boolean =>
  error instanceof ConnectionLost ||
  (error instanceof Trouble && ['upload-offset', 'upload-complete', 'throttled'].includes(error.code))

async function whenChecked(
  client: DashboardClient,
  at: string,
  begun: appApi.Upload,
  signal: AbortSignal,
): Promise<FoundApp> {
  for (let state = begun; ; state = await client.ask(appApi.Upload, at)) {
    if (state.found) return state.found
    const { trouble } = state
    if (trouble) throw new Trouble(trouble.code, trouble.message, trouble.cure)
    await sleep(pollMs, undefined, { signal })
  }
}

async function sha256(path: string, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash, { signal })
  return hash.digest('hex')
}
