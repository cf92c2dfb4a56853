/** Has a node pull the image that a run deploys, and makes a release of it. */
import { rm } from 'node:fs/promises'
import { type AppSpec, FoundApp } from '@bramble/cluster'
import { openImageDeploy, recordImageRelease } from '@bramble/db/apps'
import { packImage, Secret, Trouble } from '@bramble/provision'
import { type BuildInput, buildSomewhere, type RegistryAccess } from '@bramble/provision/build'
import { incoming } from './check-upload.ts'
import type { AppPlaces } from './places.ts'

interface FetchInput extends Pick<BuildInput, 'spec' | 'fleet' | 'signal' | 'emit'> {
  deploy: string
  app: AppSpec
  places: AppPlaces
  say: (text: string) => void
}

/** Digest of the release; null: the deploy is not one from a registry. What an earlier worker pulled for it stays. */
export async function fetchImage(input: FetchInput): Promise<string | null> {
  const { deploy, app, places, say, ...build } = input
  const asked = await openImageDeploy(deploy)
  if (!asked) return null
  if (asked.release !== null) return asked.release
  const { source } = asked
  if (!source)
    throw new Trouble(
      'image-source-missing',
      `The app ${app.name} has no image in a registry any more.`,
      'Set the image on the page of the app, or deploy an upload.',
    )
  say(`Pulling ${source.reference}.`)
  const into = incoming(places)
  const wishes = { ...app, kind: 'image' as const }
  const packed = await packImage(source.reference, { into, wishes, signal: build.signal })
  try {
    const { path, bytes: sourceBytes } = packed
    const built = await buildSomewhere({
      ...{ ...build, app, resolved: packed, source: path, sourceBytes, into },
      registry: accessOf(source),
    })
    for (const note of built.notes) say(note)
    const { digest, bytes, image } = built
    const known = { digest, bytes, image, notes: [...packed.notes, ...built.notes], build: [] }
    await recordImageRelease(deploy, FoundApp.parse({ ...packed, ...known }))
    return digest
  } finally {
    await rm(packed.path, { force: true })
  }
}

const accessOf = (source: {
  user: string | null
  password: string | null
  authority: string | null
}): RegistryAccess => ({
  ...{ user: source.user, authority: source.authority },
  password: source.password === null ? null : new Secret(source.password),
})
