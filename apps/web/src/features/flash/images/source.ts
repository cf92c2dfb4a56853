/** From the fields of the add form to the source of an image, and what is wrong with them. Pure. */
import { ImageSource, imagePath } from '@bramble/cluster'
import type { CatalogueEntry } from '@bramble/db/flash'
import { images } from './copy.ts'

export interface SourceDraft {
  way: 'url' | 'file'
  name: string
  url: string
  sha256: string
  path: string
}

export const emptySource: SourceDraft = { way: 'url', name: '', url: '', sha256: '', path: '' }

export function sourceProblems(draft: SourceDraft): Record<string, string> {
  const found: Record<string, string> = {}
  const { problems } = images
  if (draft.name.trim() === '') found.name = problems.name
  if (draft.way === 'url') {
    if (!ImageSource.safeParse({ kind: 'url', url: draft.url.trim() }).success) found.url = problems.url
    if (draft.sha256.trim() !== '' && !/^[0-9a-f]{64}$/i.test(draft.sha256.trim())) found.sha256 = problems.sha256
  } else if (!imagePath.test(draft.path.trim())) found.path = problems.path
  return found
}

/** Of a draft without problems. */
export function sourceOf(draft: SourceDraft): ImageSource {
  if (draft.way === 'file') return { kind: 'file', path: draft.path.trim() }
  const sha256 = draft.sha256.trim().toLowerCase()
  return { kind: 'url', url: draft.url.trim(), ...(sha256 ? { downloadSha256: sha256 } : {}) }
}

export function officialSource(entry: CatalogueEntry): ImageSource {
  const { url, downloadSha256, contentSha256, downloadSize, contentSize } = entry
  return {
    kind: 'url',
    url,
    ...(downloadSha256 ? { downloadSha256 } : {}),
    ...(contentSha256 ? { contentSha256 } : {}),
    ...(downloadSize ? { downloadSize } : {}),
    ...(contentSize ? { contentSize } : {}),
  }
}

/** The last part of an address or a path without its endings: a name to begin with. */
export function nameFrom(place: string): string {
  const last = place.split(/[?#]/)[0]!.split(/[/\\]/).filter(Boolean).at(-1) ?? ''
  return last.replace(/(\.(img|iso|xz|gz|zst|zip))+$/i, '').slice(0, 200)
}
