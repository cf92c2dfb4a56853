/** Container images as the source of an app: their names, where they come from, and what is known of them. */
import { z } from 'zod'

/** Of what comes before it, a person may leave `docker://` out only in the cluster file and in bramble.yaml. */
const scheme = 'docker://'

export const looksLikeImage = (text: string): boolean => text.startsWith(scheme)

const host = '[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::[0-9]{1,5})?'
const word = '[a-z0-9]+(?:(?:\\.|__?|-+)[a-z0-9]+)*'
const pattern = new RegExp(
  `^(?:${host}/)?${word}(?:/${word})*(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(?:@sha256:[0-9a-f]{64})?$`,
)

/** HOST/NAME:TAG or HOST/NAME@sha256:…; without a host, Docker Hub. */
export const ImageReference = z
  .string()
  .trim()
  .max(400)
  .transform((text) => (text.startsWith(scheme) ? text.slice(scheme.length) : text))
  .refine((text) => pattern.test(text), 'must be the name of an image, such as registry.example.org/team/shop:1.4')

/** The host whose credentials are used. */
export function registryOf(reference: string): string {
  const [first = '', ...rest] = reference.split('/')
  return rest.length > 0 && /[.:]|^localhost$/.test(first) ? first : 'docker.io'
}

export const ContainerPort = z.int().min(1).max(65_535)

/** Which image a release is made of. */
export const AppImage = z.object({
  from: z.enum(['registry', 'docker-archive', 'oci-archive']),
  /** As in `ImageReference`; of an archive the name that it gives, if any. */
  reference: z.string().nullable(),
  /** Digest of its manifest in the registry, as it was pulled: a tag can move. Null: not pulled yet, or an archive. */
  digest: z.string().nullable(),
  /** Digest of its configuration: the same for the image in whatever form. Null: not built yet. */
  id: z.string().nullable(),
  /** On which it listens. Null: not built yet. */
  port: ContainerPort.nullable(),
})
export type AppImage = z.infer<typeof AppImage>
