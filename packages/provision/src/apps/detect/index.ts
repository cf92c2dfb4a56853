/** The kind of an app by its files, in a fixed order; the cluster file and bramble.yaml can name another one. */
import {
  type AppKind,
  type AppManifest,
  type AppSpec,
  type CronJob,
  manifestName,
  type Procfile,
  parseDotenv,
  parseManifest,
  parseProcfile,
} from '@bramble/cluster'
import { Trouble } from '../../engine/types.ts'
import type { ReleaseFiles } from '../source/index.ts'
import type { DebianRelease, Detected } from './detected.ts'
import { image } from './image.ts'
import {
  binary,
  folderWithIndex,
  generatedFolders,
  generatedStatic,
  php,
  procfile,
  python,
  ruby,
  staticFiles,
} from './kinds.ts'
import { node } from './node.ts'

/** Rails and Django apps have a package.json too, and any app can have an index.html: the more special comes first. */
const detectors = { php, ruby, python, node, procfile, binary, static: staticFiles } as const

/** How a release is built and run. */
export type ResolvedApp = Omit<Detected, 'noCommand'> & {
  /** Of bramble.yaml: seconds until the first answer, MB of a process. Null: it does not say. */
  timeout: number | null
  memory: number | null
  /** Of bramble.yaml. */
  cron: CronJob[]
}

/** What the cluster file says of an app, as far as it matters here. */
export type AppWishes = Partial<
  Pick<AppSpec, 'kind' | 'port' | 'build' | 'processes' | 'release' | 'health' | 'packages'>
>

/**
 * The cluster file has the last word, then bramble.yaml, the Procfile and what was detected. Troubles: app-procfile and
 * app-manifest (with the lines), app-kind-unknown, app-kind-mismatch, app-image.
 */
export async function resolveApp(files: ReleaseFiles, wishes: AppWishes = {}): Promise<ResolvedApp> {
  const manifest = (await readManifest(files)) ?? {}
  const written = await readProcfile(files)
  const ownBuild = wishes.build ?? manifest.build
  const { noCommand, ...detected } = await detect(files, {
    chosen: wishes.kind ?? manifest.kind,
    builds: (ownBuild ?? []).length > 0,
    reference: manifest.image,
  })
  const processes = wishes.processes ?? manifest.processes ?? { ...detected.processes, ...(written?.processes ?? {}) }
  const named = [...(manifest.packages ?? []), ...(wishes.packages ?? [])]
  const { image: found } = detected
  // Fetching and unpacking is all the build that an image has.
  const build = found ? detected.build : (ownBuild ?? detected.build)
  const withNamed = (names: readonly string[]) => [...new Set([...names, ...named])]
  return {
    ...detected,
    processes,
    build,
    image: found && { ...found, port: wishes.port ?? manifest.port ?? null },
    ownNode: build.length === 0 ? { bookworm: null, trixie: null } : detected.ownNode,
    release: wishes.release ?? manifest.release ?? written?.release ?? detected.release,
    health: wishes.health?.path ?? manifest.health?.path ?? detected.health,
    timeout: manifest.health?.timeout ?? null,
    memory: manifest.memory ?? null,
    cron: manifest.cron ?? [],
    packages: { bookworm: withNamed(detected.packages.bookworm), trixie: withNamed(detected.packages.trixie) },
    notes: [
      ...(noCommand && Object.keys(processes).length === 0
        ? [`The start command is unknown: ${noCommand}. Add a Procfile with a line "web: COMMAND".`]
        : []),
      ...detected.notes,
      ...(['bookworm', 'trixie'] as const).flatMap((release) => nodeNote(release, detected.ownNode[release], build)),
      ...(await dotenvNotes(files)),
    ],
  }
}

/** Only a build brings a Node of its own. */
function nodeNote(release: DebianRelease, version: string | null, build: readonly string[]): string[] {
  if (version === null) return []
  return [
    build.length > 0
      ? `Node ${version} comes from npm and is part of the release: Debian ${release} has an older one.`
      : `The app requires Node ${version}, and Debian ${release} has an older one. Another version is installed only for an app with a build.`,
  ]
}

/** The process does not read it by itself, and whoever can read the release can read it. */
async function dotenvNotes(files: ReleaseFiles): Promise<string[]> {
  const text = await files.text('.env')
  if (text === null) return []
  const parsed = parseDotenv(text)
  const keep = 'It becomes part of the release. Leave it out, and set its values in the environment of the app.'
  if ('environment' in parsed) {
    const names = Object.keys(parsed.environment)
    const shown = names.slice(0, 8).join(', ') + (names.length > 8 ? ' …' : '')
    return [`The upload has a file .env${names.length > 0 ? ` that sets ${shown}` : ''}. ${keep}`]
  }
  const [first] = parsed.problems
  return [`The upload has a file .env whose line ${first!.line} cannot be read: ${first!.message}. ${keep}`]
}

/** Folder of a built app that is served. Trouble `build-no-index`: the build of a static app made no index.html. */
export function builtFolder(files: ReleaseFiles, { kind, folder, build }: ResolvedApp): string | null {
  if (kind !== 'static' || build.length === 0) return folder
  const found = folderWithIndex(files, generatedFolders)
  if (found !== null) return found
  throw new Trouble(
    'build-no-index',
    'The build made no index.html: not at the top, and not in public, dist, build, out or _site.',
    'Change the build to write into one of these folders.',
  )
}

interface Chosen {
  chosen: AppKind | undefined
  /** Commands of its own build it. */
  builds: boolean
  /** The image that bramble.yaml names. */
  reference: string | undefined
}

async function detect(files: ReleaseFiles, { chosen, builds, reference }: Chosen): Promise<Detected> {
  const found = chosen === undefined || chosen === 'image' ? await image(files, reference) : null
  if (found) return found
  if (chosen === 'image')
    throw new Trouble(
      'app-image',
      'The kind of the app is image, and what was given is not one.',
      'Deploy docker://HOST/NAME:TAG, or an archive that "docker save" has written.',
    )
  if (chosen) {
    const found = (await detectors[chosen](files)) ?? (chosen === 'static' && builds ? generatedStatic : null)
    if (found) return { ...found, seen: `${found.seen} The kind was chosen.` }
    throw new Trouble(
      'app-kind-mismatch',
      `The kind of the app is set to ${chosen}, but no file says how to run such an app.`,
      'Choose another kind, or let Bramble detect it.',
    )
  }
  for (const detector of Object.values(detectors)) {
    const found = await detector(files)
    if (found) return found
  }
  if (files.isFile('Dockerfile'))
    throw new Trouble(
      'app-image',
      'The app has only a Dockerfile, and Bramble does not build images.',
      'Add a Procfile with a line "web: COMMAND". Or build the image yourself, and deploy it from a registry or as an archive of "docker save".',
    )
  throw new Trouble(
    'app-kind-unknown',
    `The kind of the app could not be detected. Its top folder contains: ${topOf(files)}.`,
    'Upload the folder that holds index.html, package.json, requirements.txt, Gemfile or composer.json, or add a Procfile with a line "web: COMMAND".',
  )
}

function topOf(files: ReleaseFiles): string {
  const names = [...new Set([...files.entries.keys()].map((path) => path.split('/')[0]!))]
  return names.slice(0, 8).join(', ') + (names.length > 8 ? ' …' : '')
}

async function readProcfile(files: ReleaseFiles): Promise<Procfile | null> {
  const text = await files.text('Procfile')
  if (text === null) return null
  const parsed = parseProcfile(text)
  if ('procfile' in parsed) return parsed.procfile
  const words = parsed.problems.map(({ line, message }) => `Line ${line} ${message}.`)
  throw new Trouble(
    'app-procfile',
    `The Procfile cannot be used. ${words.join(' ')}`,
    'Correct it and upload the app again.',
  )
}

async function readManifest(files: ReleaseFiles): Promise<AppManifest | null> {
  const text = await files.text(manifestName)
  if (text === null) return null
  const { value, findings } = parseManifest(text)
  if (value) return value
  const words = findings.map(({ line, message }) => `Line ${line}: ${message}`)
  throw new Trouble('app-manifest', `${manifestName} cannot be used. ${words.join(' ')}`, findings[0]!.cure)
}
