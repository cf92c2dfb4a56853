/** Apps that are container images: archives of `docker save` and of the OCI, and names of images in a registry. */
import type { AppImage } from '@bramble/cluster'
import { z } from 'zod'
import { Trouble } from '../../engine/types.ts'
import type { ReleaseFiles } from '../source/index.ts'
import { type Detected, nothing, onBoth } from './detected.ts'

const DockerManifest = z
  .array(z.object({ Config: z.string(), RepoTags: z.array(z.string()).nullish(), Layers: z.array(z.string()) }))
  .min(1)
const OciIndex = z.object({
  manifests: z.array(z.object({ annotations: z.record(z.string(), z.string()).optional() })).min(1),
})
const refName = 'org.opencontainers.image.ref.name'

const source = { digest: null, id: null, port: null }

/** Null: the files are no archive of an image. Trouble `image-several`. */
async function archived(files: ReleaseFiles): Promise<AppImage | null> {
  const docker = parsed(DockerManifest, await files.text('manifest.json'))
  if (docker) {
    const names = docker.map(({ RepoTags }, n) => RepoTags?.[0] ?? `image ${n + 1}`)
    if (names.length > 1) throw several(names)
    return { ...source, from: 'docker-archive', reference: docker[0]!.RepoTags?.[0] ?? null }
  }
  if (!files.isFile('oci-layout')) return null
  const oci = parsed(OciIndex, await files.text('index.json'))
  if (!oci) return null
  const names = oci.manifests.map(({ annotations }, n) => annotations?.[refName] ?? `image ${n + 1}`)
  if (names.length > 1) throw several(names)
  return { ...source, from: 'oci-archive', reference: oci.manifests[0]!.annotations?.[refName] ?? null }
}

function parsed<T>(schema: z.ZodType<T>, text: string | null): T | null {
  if (text === null) return null
  try {
    return schema.safeParse(JSON.parse(text)).data ?? null
  } catch {
    return null
  }
}

const several = (names: readonly string[]) =>
  new Trouble(
    'image-several',
    `The archive contains ${names.length} images: ${names.slice(0, 8).join(', ')}${names.length > 8 ? ' …' : ''}.`,
    'Save the image of the app alone: docker save NAME:TAG.',
  )

/** `reference`: of bramble.yaml. Null: neither an archive nor a name. */
export async function image(files: ReleaseFiles, reference?: string): Promise<Detected | null> {
  const found: AppImage | null = reference ? { ...source, from: 'registry', reference } : await archived(files)
  if (!found) return null
  const where = {
    registry: 'from a registry',
    'docker-archive': 'from docker save',
    'oci-archive': 'from an OCI archive',
  }
  return {
    ...nothing,
    kind: 'image',
    seen: `${found.reference ?? 'an image without a name'}: a container image, ${where[found.from]}.`,
    image: found,
    build: [`skopeo copy ${found.from === 'registry' ? `docker://${found.reference}` : found.from}`, 'umoci unpack'],
    packages: onBoth('crun', 'passt'),
    buildPackages: onBoth('skopeo', 'umoci', 'ca-certificates'),
  }
}

const ImageFile = z.object({
  id: z.string(),
  port: z.int(),
  exposed: z.array(z.int()),
  volumes: z.array(z.string()),
})

export interface BuiltImage {
  image: AppImage
  notes: string[]
}

/** What the build found in the image. */
export async function builtImage(files: ReleaseFiles, before: AppImage): Promise<BuiltImage> {
  const { id, port, exposed, volumes } = ImageFile.parse(JSON.parse((await files.text('image.json')) ?? '{}'))
  const notes = [
    ...(before.port === null && exposed.length === 0
      ? [
          `The image exposes no port: it has to listen on PORT, which is ${port}. Set "port" if it listens on another one.`,
        ]
      : []),
    ...(before.port === null && exposed.length > 1
      ? [
          `The image exposes the ports ${exposed.join(', ')}, and requests go to ${port}. Set "port" to choose another one.`,
        ]
      : []),
    ...(volumes.length > 0
      ? [`What the app writes to ${volumes.join(', ')} is lost when it restarts: keep data in the database.`]
      : []),
  ]
  return { image: { ...before, id, port }, notes }
}
