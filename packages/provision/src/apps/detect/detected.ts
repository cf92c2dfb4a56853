/** What the files of an app say about it. */
import type { AppImage, AppKind } from '@bramble/cluster'

export type DebianRelease = 'bookworm' | 'trixie'

/** What follows from the files, before Procfile, bramble.yaml and the cluster file have their say. */
export interface Detected {
  kind: AppKind
  /** Sentence: which files say so. */
  seen: string
  /** Command by name; empty: none could be found. A static app has none: its files are served. */
  processes: Record<string, string>
  release: string | null
  /** Path that answers when the app works. */
  health: string
  build: string[]
  /** Of the build commands; nothing of the app's own environment is there. */
  buildEnvironment: Record<string, string>
  /** Debian packages that it needs to run, by Debian release. */
  packages: Record<DebianRelease, string[]>
  /** Further ones that only the node needs that builds it. */
  buildPackages: Record<DebianRelease, string[]>
  /** Version of Node that is taken from npm, where Debian's is too old; null: Debian's, or none. */
  ownNode: Record<DebianRelease, string | null>
  /** Folder of a static app or of PHP that is served; `.` is the release itself. Null with a build: found after it. */
  folder: string | null
  /** Of the kind image: where it comes from. */
  image: AppImage | null
  /** Why no command could be found; null: there is one, or none is needed. */
  noCommand: string | null
  /** What the user should know, as sentences with what to do. */
  notes: string[]
}

export const onBoth = (...names: string[]) => ({ bookworm: names, trixie: names })
export const nothing = {
  ...{ processes: {}, release: null, health: '/', folder: null, image: null, noCommand: null, notes: [] },
  ...{ build: [], buildEnvironment: {}, buildPackages: onBoth() },
  ownNode: { bookworm: null, trixie: null },
}
export const list = (names: readonly string[]) => names.join(names.length === 2 ? ' and ' : ', ')
