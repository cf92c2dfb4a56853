/** The images that Raspberry Pi publishes; a list of the day this was written when the network is away. */
import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { fetchText } from './request.ts'

const officialList = 'https://downloads.raspberrypi.com/os_list_imagingutility_v4.json'

const Sha256 = z.string().regex(/^[0-9a-f]{64}$/)

const Published = z.object({
  name: z.string().min(1).max(200),
  description: z.string().max(1000),
  /** Debian's name of the release: `trixie`, `bookworm`. */
  release: z.string(),
  url: z.url({ protocol: /^https?$/ }),
  /** SHA-256 of the file that is downloaded, and of the image in it. Not every entry has both. */
  downloadSha256: Sha256.optional(),
  contentSha256: Sha256.optional(),
  /** Bytes. */
  downloadSize: z.int().min(1).optional(),
  contentSize: z.int().min(1).optional(),
  /** `2026-10-06` */
  releaseDate: z.string(),
})

export type CatalogueEntry = z.infer<typeof Published> & {
  /** True: from the list that came with Bramble; a newer image may be out. */
  bundled: boolean
}

const bundled: readonly z.infer<typeof Published>[] = Published.array().parse(
  JSON.parse(readFileSync(new URL('./catalogue.json', import.meta.url), 'utf8')),
)

/**
 * Raspberry Pi OS of the releases that first boot is known for, Lite and 64-bit first. Never throws for a list that is
 * away or makes no sense: the bundled one stands in. `list`: another address of a list in Imager's format.
 */
export async function imageCatalogue(options: { signal?: AbortSignal; list?: string } = {}): Promise<CatalogueEntry[]> {
  const { signal } = options
  try {
    const items = await fetchList(new URL(options.list ?? officialList), signal, 2)
    const entries = items.flatMap(entryOf).sort((one, other) => rank(one) - rank(other))
    if (entries.length > 0) return entries.map((entry) => ({ ...entry, bundled: false }))
  } catch {
    signal?.throwIfAborted()
  }
  return bundled.map((entry) => ({ ...entry, bundled: true }))
}

/** One odd field must not cost an entry, nor one odd entry the list: what does not fit counts as not said. */
const text = z.string().catch('')
const size = z.int().min(1).optional().catch(undefined)
// The list has empty checksums, and has had upper case ones.
const sum = z
  .string()
  .transform((hex) => hex.toLowerCase())
  .pipe(Sha256)
  .optional()
  .catch(undefined)
const Item = z.object({
  name: text,
  description: text,
  url: text,
  extract_size: size,
  extract_sha256: sum,
  image_download_size: size,
  image_download_sha256: sum,
  release_date: text,
  subitems: z.array(z.unknown()).catch([]),
  subitems_url: text,
})
type Item = z.infer<typeof Item>

const List = z.object({ os_list: z.array(z.unknown()) })

async function fetchList(url: URL, signal: AbortSignal | undefined, depth: number): Promise<Item[]> {
  const answer = await fetchText(url, { limit: 8 * 1024 * 1024, silence: 10_000, signal })
  const items: Item[] = []
  for (const item of flat(List.parse(JSON.parse(answer)).os_list)) {
    items.push(item)
    // Other systems keep lists of their own, which are of no use here.
    if (depth > 0 && item.subitems_url !== '' && item.name.startsWith('Raspberry Pi OS'))
      items.push(...(await fetchList(new URL(item.subitems_url, url), signal, depth - 1).catch(() => [])))
  }
  return items
}

function flat(items: readonly unknown[]): Item[] {
  return items.flatMap((raw) => {
    const { data } = Item.safeParse(raw)
    return data ? [data, ...flat(data.subitems)] : []
  })
}

/** The file's name is the steadiest thing in the list. */
const fileName = /\/(\d{4}-\d{2}-\d{2})-raspios-(trixie|bookworm)-(?:arm64|armhf)(?:-lite|-full)?\.img\.xz$/

function entryOf(item: Item): z.infer<typeof Published>[] {
  const [, date = '', release = ''] = fileName.exec(item.url) ?? []
  const { data } = Published.safeParse({
    name: item.name,
    description: item.description,
    release,
    url: item.url,
    downloadSha256: item.image_download_sha256,
    contentSha256: item.extract_sha256,
    downloadSize: item.image_download_size,
    contentSize: item.extract_size,
    releaseDate: item.release_date || date,
  })
  return data && release !== '' ? [data] : []
}

/** Servers need no desktop; new before old; 64-bit before 32-bit. */
function rank({ url, release }: { url: string; release: string }): number {
  return (url.includes('-lite.') ? 0 : 4) + (release === 'trixie' ? 0 : 2) + (url.includes('-arm64') ? 0 : 1)
}
