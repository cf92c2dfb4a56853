/** `./bramble app deploy`: a folder, an archive or a git repository becomes what serves. */
import { rm } from 'node:fs/promises'
import { type AppKind, type AppSpec, type GitCommit, looksLikeImage, shortCommit } from '@bramble/cluster'
import {
  type AppWishes,
  appEnvironment,
  appNodes,
  deployApp,
  furtherPackages,
  type PackedApp,
  packApp,
  packImage,
  Trouble,
} from '@bramble/provision'
import { type BuiltRelease, buildSomewhere, type RegistryAccess } from '@bramble/provision/build'
import { withCheckout } from '@bramble/provision/git'
import { Command, InvalidArgumentError } from 'commander'
import { confirm } from '../confirm.ts'
import { deployUpload } from './dashboard/deploy.ts'
import { deployRepository } from './dashboard/git.ts'
import { deployImage } from './dashboard/image.ts'
import type { Dashboard } from './dashboard/index.ts'
import { type ChangedFile, plannedEntry, writeClusterFile } from './entry.ts'
import { explainGit, type GitOptions, gitSource, isRepository, refuseGitOptions, withGit } from './git.ts'
import { type ImageOptions, imageReference, refuseImageOptions, registryAccess, withImage } from './image.ts'
import { inspectionText, parseKind } from './inspect.ts'
import type { AppOptions, Opened } from './open.ts'
import { print, printOutcome } from './output.ts'
import { onTarget, refuseForDashboard, type TargetOptions, withTarget } from './target.ts'

interface DeployOptions extends TargetOptions, GitOptions, ImageOptions {
  app: string
  domain: string[]
  kind?: AppKind
  database?: boolean
  message?: string
  releaseCommand?: 'run' | 'skip'
  yes?: boolean
}

const collected = (value: string, before: string[]) => [...before, value]

export function deployCommand(): Command {
  return withImage(withGit(withTarget(new Command('deploy'))))
    .description(
      'deploy a folder, an archive, a git repository or a container image; the current release serves until the new one is ready',
    )
    .argument(
      '[source]',
      'folder; tar, tar.gz, tar.xz, tar.zst, zip; https:// or ssh URL of a git repository; docker://HOST/NAME:TAG, or a file of docker save; default: the image in the cluster file',
    )
    .requiredOption('--app <name>', 'name of the app; one that the cluster does not have is added to it')
    .option('--domain <name>', 'domain to add to the app; can be repeated', collected, [])
    .option('--kind <kind>', 'do not detect the kind', parseKind)
    .option('--database', 'create a database for the app')
    .option('--message <text>', 'what is new in this release')
    .option(
      '--release-command <answer>',
      'run or skip: what to do when an earlier deploy stopped while the release command ran',
      parseAnswer,
    )
    .option('--yes', 'do not ask for confirmation; without it you have to type the name of the app')
    .option('--verbose', 'print the output of the app and the nodes')
    .action((source: string | undefined, options: DeployOptions) =>
      onTarget(options, {
        file: (opened, chosen) => deploy(sourceOf(source, chosen, opened), chosen, opened),
        dashboard: (dashboard) => deployRemote(source, options, dashboard),
      }),
    )
}

/** Without one, the image that the cluster file names. Trouble `app-source`. */
function sourceOf(source: string | undefined, { app: name }: DeployOptions, { spec }: Opened): string {
  const image = spec.apps?.find((app) => app.name === name)?.image
  if (source !== undefined) return source
  if (image) return `docker://${image}`
  throw new Trouble(
    'app-source',
    `The cluster file names no image for ${name}, so there is nothing to deploy.`,
    'Give a folder, an archive, the URL of a git repository, or docker://HOST/NAME:TAG.',
  )
}

async function deployRemote(source: string | undefined, options: DeployOptions, dashboard: Dashboard): Promise<void> {
  if (source === undefined)
    throw new Trouble('app-source', 'There is nothing to deploy.', 'Give a folder, an archive, or a URL.')
  refuseForDashboard({
    '--kind': [options.kind, 'Set kind in bramble.yaml of the app.'],
    '--release-command': [options.releaseCommand, 'Answer on the page of the app in the dashboard.'],
  })
  const { app, domain: domains, database = false, message, yes = false } = options
  const asked = { source, app, domains, database, message, yes }
  if (looksLikeImage(source)) {
    refuseGitOptions(options)
    return deployImage(dashboard, { ...asked, registry: options })
  }
  refuseImageOptions(options)
  if (isRepository(source)) return deployRepository(dashboard, { ...asked, git: options })
  refuseGitOptions(options)
  return deployUpload(dashboard, asked)
}

function parseAnswer(text: string): 'run' | 'skip' {
  if (text === 'run' || text === 'skip') return text
  throw new InvalidArgumentError('It must be run or skip.')
}

interface Source {
  packed: PackedApp
  /** Null: it is no git repository. */
  commit: GitCommit | null
  /** The branch no longer contains what was deployed of it before. */
  rewritten: boolean
}

/** Troubles of `packApp`, `gitSource` and `withCheckout`. */
async function pack(
  source: string,
  options: DeployOptions,
  { releases, folder, signal }: Opened,
  wishes: AppWishes,
): Promise<Source> {
  const given = { into: releases.incoming, wishes, signal }
  if (looksLikeImage(source)) {
    refuseGitOptions(options)
    return { packed: await packImage(imageReference(source), given), commit: null, rewritten: false }
  }
  refuseImageOptions(options)
  if (!isRepository(source)) {
    refuseGitOptions(options)
    return { packed: await packApp({ ...given, source }), commit: null, rewritten: false }
  }
  const git = await gitSource(source, options, { folder, signal })
  const before = (await releases.list(options.app)).find(
    ({ commit }) => commit?.url === source && (git.branch === null || commit.branch === git.branch),
  )
  try {
    return await withCheckout(
      { ...git, previous: before?.commit?.commit, parent: releases.incoming, signal },
      async ({ path, commit, rewritten }) => ({
        ...{ commit, rewritten },
        packed: await packApp({ ...given, source: path, unwrap: false }),
      }),
    )
  } catch (error) {
    throw await explainGit(error, git.access)
  }
}

async function deploy(source: string, options: DeployOptions & AppOptions, opened: Opened): Promise<void> {
  const { app: name, domain: domains, kind, database, message, yes, releaseCommand } = options
  const { releases, values } = opened
  const known = opened.spec.apps?.find((app) => app.name === name)
  // The name and the domains are checked before anything is read or packed.
  plannedEntry(options.cluster, { name, domains })
  const wishes = { ...known, ...(kind ? { kind } : {}) }
  const { packed, commit, rewritten } = await pack(source, options, opened, wishes)
  let built: BuiltRelease | null = null
  try {
    // Without kind and packages, a node that is replaced would be provisioned without what the app needs.
    const { kind: found } = packed
    const { reference } = looksLikeImage(source) ? packed.image! : { reference: null }
    const named = { name, domains, kind: found, ...(reference ? { image: reference } : {}) }
    const entry = { ...named, packages: furtherPackages(packed), ...(database ? { database } : {}) }
    const planned = plannedEntry(options.cluster, entry)
    if (!options.json) print([...commitLines(commit, rewritten), summary(packed, planned, opened)].join('\n'))
    if (!yes) await confirm(name)
    const { app } = planned
    const spec = { ...opened.spec, apps: [...(opened.spec.apps ?? []).filter((one) => one.name !== name), app] }
    built = await build(packed, app, { ...opened, spec }, registryAccess(options))
    if (built && !options.json) print(builtLines(built).join('\n'))
    if (planned.text !== null) writeClusterFile(options.cluster, planned.text)
    const release = built ? { ...packed, ...resultOf(built) } : packed
    const databasePassword = app.database ? values.databasePassword(name) : undefined
    const given = { app, environment: values.complete(app), ...(databasePassword ? { databasePassword } : {}) }
    const environment = values.keep(name, appEnvironment({ ...given, spec }))
    const words = { message: message ?? commit?.message ?? null, ...(commit ? { commit } : {}) }
    const kept = { app: name, digest: release.digest, environment, resolved: release, ...words }
    await releases.add({ ...kept, served: false }, release.path)
    const archive = await releases.archiveOf(release.digest)
    const outcome = await deployApp({
      ...{ ...opened, ...given, spec },
      release: { digest: release.digest, path: archive, resolved: release },
      keep: await releases.keep(name),
      ...(releaseCommand ? { releaseCommand } : {}),
    })
    if (archive && (outcome.status === 'succeeded' || outcome.status === 'partial'))
      await releases.add({ ...kept, served: true }, archive)
    printOutcome(outcome, options)
  } finally {
    for (const path of [packed.path, ...(built ? [built.path] : [])]) await rm(path, { force: true })
  }
}

/** On a node; null: nothing has to be built. */
async function build(
  packed: PackedApp,
  app: AppSpec,
  opened: Opened,
  registry: RegistryAccess | undefined,
): Promise<BuiltRelease | null> {
  if (packed.build.length === 0) return null
  const { path: source, bytes: sourceBytes } = packed
  const given = { ...opened, app, resolved: packed, source, sourceBytes, into: opened.releases.incoming }
  return buildSomewhere({ ...given, ...(registry ? { registry } : {}) })
}

const resultOf = ({ path, digest, folder, image }: BuiltRelease) => ({ path, digest, folder, image })

/** What is known of an image once it is there. */
function builtLines({ image, notes, digest }: BuiltRelease): string[] {
  const known = image && [
    ...(image.digest === null ? [] : [`Image             ${image.reference}@${image.digest}`]),
    `Image ID          ${image.id}`,
    `Listens on        ${image.port}`,
    `Release           ${digest}`,
  ]
  return [...(known ?? []), ...notes.map((note) => `Note              ${note}`)]
}

function commitLines(commit: GitCommit | null, rewritten: boolean): string[] {
  if (!commit) return []
  return [
    `Repository        ${commit.url}, branch ${commit.branch}`,
    `Commit            ${shortCommit(commit.commit)} ${commit.message} (${commit.author})`,
    ...(rewritten
      ? [
          'Note              The history of the branch was rewritten: the commit deployed before is no longer part of it.',
        ]
      : []),
  ]
}

function summary(packed: PackedApp, { app, text }: ChangedFile, { spec }: Opened): string {
  const nodes = appNodes(spec, app).map(({ name }) => name)
  const lines = [
    inspectionText(packed),
    `Runs on           ${nodes.join(', ')}`,
    `Domains           ${app.domains.join(', ') || 'none: the app is not reachable'}`,
    ...(app.database ? ['Database          its own, in DATABASE_URL'] : []),
    ...(text === null ? [] : [`Cluster file      the entry of ${app.name} is written`]),
  ]
  return lines.join('\n')
}
