/** Uploads of apps: checked as a deploy checks them, before anybody can deploy them. */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readdir, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import { FoundApp } from '@bramble/cluster'
import { claimUpload, endUploadCheck, tendUploads, type UploadToCheck, uploadIds } from '@bramble/db/apps'
import { getCluster } from '@bramble/db/clusters'
import { type AppWishes, readSource, resolveApp, Trouble, troubleWords } from '@bramble/provision'
import type { AppPlaces } from './places.ts'
import { sampleFolder } from './samples.ts'

/** Milliseconds that a file keeps whose upload or release is not known: its row may be about to be written. */
const keptMs = 3_600_000

export async function uploadJob(id: string, places: AppPlaces, ending: AbortSignal): Promise<void> {
  const upload = await claimUpload(id)
  if (!upload) return
  const file = path.join(places.received, id)
  const source = upload.sample === null ? file : sampleFolder(upload.sample)
  try {
    if (upload.sample === null) await compareDigest(file, upload)
    const wishes = await wishesFor(upload)
    const {
      seen,
      path: _,
      ...release
    } = await readSource({
      source,
      into: incoming(places),
      look: (files) => resolveApp(files, wishes),
      signal: ending,
    })
    await endUploadCheck(id, { found: FoundApp.parse({ ...release, ...seen }) })
  } catch (error) {
    // Delivered again to the next worker.
    if (ending.aborted) throw error
    if (!(error instanceof Trouble)) console.error(`upload ${id}:`, error)
    const told = troubleWords(error, 'The upload could not be read', 'Upload it again; if it stays, report it.')
    await endUploadCheck(id, { trouble: { ...told, message: told.message.replaceAll(id, upload.name) } })
  }
  await rm(file, { force: true })
}

/** Where checked releases wait for their deploy, as `<digest>.tar`. */
export const incoming = ({ releases }: AppPlaces): string => path.join(releases, 'incoming')

async function compareDigest(file: string, { name, sha256 }: UploadToCheck): Promise<void> {
  if (!(await stat(file).catch(() => null)))
    throw new Trouble(
      'upload-missing',
      `${name} is not on the machine of this worker.`,
      'Deploy apps through a dashboard and a worker that share one data folder.',
    )
  if (sha256 === null) return
  const hash = createHash('sha256')
  await pipeline(createReadStream(file), hash)
  if (hash.digest('hex') !== sha256)
    throw new Trouble('upload-damaged', `${name} did not arrive as it was announced.`, 'Upload it again.')
}

/** What the cluster's settings say of the app has the last word. */
async function wishesFor({ cluster, app }: UploadToCheck): Promise<AppWishes> {
  const apps = app === null ? [] : ((await getCluster(cluster))?.spec.apps ?? [])
  return apps.find(({ name }) => name === app) ?? {}
}

/** Forgets uploads that nobody continued, and removes files that no upload or deploy waits for. */
export async function sweepUploads(places: AppPlaces): Promise<void> {
  await tendUploads()
  const known = await uploadIds()
  const day = 24 * keptMs
  await removeOld(places.received, (name) => !known.has(name), keptMs)
  // Also what a check or a build that was killed has left.
  await removeOld(incoming(places), () => true, 2 * day)
}

async function removeOld(folder: string, isSurplus: (name: string) => boolean, ms: number): Promise<void> {
  for (const name of await readdir(folder).catch(() => [] as string[])) {
    const file = path.join(folder, name)
    const found = await stat(file).catch(() => null)
    if (found && isSurplus(name) && Date.now() - found.mtimeMs > ms) await rm(file, { recursive: true, force: true })
  }
}
