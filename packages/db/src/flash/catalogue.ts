/** The official images that can be chosen without typing an address: fetched by a station, shown by the page. */
import { z } from 'zod'
import { prisma } from '../store/connection.ts'
import { notify } from '../store/listen.ts'

const sha256 = z.string().regex(/^[0-9a-f]{64}$/)

export const CatalogueEntry = z.object({
  name: z.string().max(200),
  description: z.string().max(1000),
  /** Such as `trixie`; empty when it does not say. */
  release: z.string().max(100),
  url: z.url({ protocol: /^https?$/ }).max(2000),
  downloadSha256: sha256.nullish(),
  contentSha256: sha256.nullish(),
  /** Bytes. */
  downloadSize: z.int().min(1).nullish(),
  contentSize: z.int().min(1).nullish(),
  releaseDate: z.string().max(40).nullish(),
  /** From Bramble's own list, because the network was away. */
  bundled: z.boolean(),
})
export type CatalogueEntry = z.infer<typeof CatalogueEntry>

const Catalogue = z.object({ entries: z.array(CatalogueEntry), fetchedAt: z.string() })
export type Catalogue = z.infer<typeof Catalogue>

const name = 'catalogue'

/** Keeps what was fetched. The bundled list never takes the place of a fetched one. */
export async function storeCatalogue(entries: readonly CatalogueEntry[]): Promise<void> {
  const sound = entries.flatMap((entry) => CatalogueEntry.safeParse(entry).data ?? [])
  if (sound.length === 0) return
  const kept = await readCatalogue()
  if (kept?.entries.some((entry) => !entry.bundled) && sound.every((entry) => entry.bundled)) return
  const value = { entries: sound, fetchedAt: new Date().toISOString() }
  await prisma().setting.upsert({ where: { name }, create: { name, value }, update: { value } })
  await notify('bramble_image', name)
}

/** Null until a station has fetched it. */
export async function readCatalogue(): Promise<Catalogue | null> {
  const row = await prisma().setting.findUnique({ where: { name } })
  return Catalogue.safeParse(row?.value).data ?? null
}
