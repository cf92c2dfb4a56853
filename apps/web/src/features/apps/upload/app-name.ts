/** A name for a new app, proposed from what its folder or archive is called. Pure. */
import { AppName } from '@bramble/cluster'

/** `My Shop v2.tar.gz` gives `my-shop-v2`; what cannot become a name gives an empty one. */
export function proposedName(source: string, taken: readonly string[]): string {
  const bare = source
    .replace(/\.(tar(\.(gz|xz|zst))?|tgz|txz|zip)$/i, '')
    .toLowerCase()
    .normalize('NFKD')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+|-+$/g, '')
    .slice(0, 24)
    .replace(/-+$/, '')
  if (!AppName.safeParse(bare).success) return ''
  for (let number = 1; ; number++) {
    const name = number === 1 ? bare : `${bare.slice(0, 21)}-${number}`
    if (!taken.includes(name)) return name
  }
}
