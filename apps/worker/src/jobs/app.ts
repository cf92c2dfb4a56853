/** Deploy, rollback, restart and removal of an app. */
import { rm, stat } from 'node:fs/promises'
import path from 'node:path'
import type { AppRun, AppSpec, FoundApp, RunOutcome } from '@bramble/cluster'
import { forgetApp, keepAppNeeds, keepRelease, keptReleases, pruneReleases, releaseOf } from '@bramble/db/apps'
import type { RunEnd } from '@bramble/db/runs'
import {
  appEnvironment,
  blanker,
  type DeployInput,
  deployApp,
  furtherPackages,
  ReleaseStore,
  readApps,
  removeApp,
  restartApp,
  rollbackApp,
  type Secret,
  scaleApp,
  setAvailability,
  Trouble,
} from '@bramble/provision'
import { buildUpload } from '../apps/build-upload.ts'
import { incoming } from '../apps/check-upload.ts'
import { databasePasswordOf, type Environment, environmentOf } from '../apps/environment.ts'
import { fetchCommit } from '../apps/fetch-commit.ts'
import { fetchImage } from '../apps/fetch-image.ts'
import { afterKeeping, keepEnvironment } from '../apps/keep-serving.ts'
import { type AppPlaces, storeFolder } from '../apps/places.ts'
import type { Site } from '../sites.ts'
import type { RunWork } from './run-work.ts'

interface AppWork extends RunWork {
  site: Site
  app: AppSpec
  store: ReleaseStore
  places: AppPlaces
}

export async function appJob(work: RunWork, site: Site, places: AppPlaces): Promise<RunEnd> {
  const { run } = work
  const asked = run.request.app
  const app = run.spec.apps?.find(({ name }) => name === asked?.app)
  if (!asked || !app) throw new Trouble('app-unknown', 'The app of this run no longer exists.', 'Deploy it again.')
  const all = { ...work, site, app, places, store: new ReleaseStore(storeFolder(places, run.clusterId)) }
  const outcome = await carryOut(all, asked)
  return { status: outcome.status, outcome, trouble: null }
}

async function carryOut(work: AppWork, asked: AppRun): Promise<RunOutcome> {
  switch (work.run.request.kind) {
    case 'deploy':
      return deploy(work, asked)
    case 'rollback':
      return rollBack(work, asked)
    case 'stop-app':
      return setAvailability({ ...common(work), app: work.app, to: 'stopped' })
    case 'start-app':
      return setAvailability({ ...common(work), app: work.app, to: 'running' })
    case 'maintain-app':
      return setAvailability({ ...common(work), app: work.app, to: 'maintenance' })
    case 'scale-app':
      return scale(work)
    case 'remove-app':
      return remove(work)
    default:
      return restart(work)
  }
}

async function deploy(work: AppWork, asked: AppRun): Promise<RunOutcome> {
  const { run, app, places, store, signal, journal } = work
  const say = (text: string) => journal.say(text)
  const fetched = { deploy: asked.deploy, app, places, signal, say }
  const digest =
    asked.release ?? (await fetchCommit(fetched)) ?? (await fetchImage({ ...fetched, ...common(work) })) ?? ''
  const found = await findRelease(work, digest)
  const kept = (await keptReleases(run.clusterId, app.name)).get(digest)
  const built = kept ? await store.archiveOf(kept.served) : null
  const waiting = path.join(incoming(places), `${digest}.tar`)
  const upload = (await isFile(waiting)) ? waiting : null
  if (!built && !upload) throw notKept(app.name)
  const made = !built && found.build.length > 0 ? await build(work, upload!) : null
  try {
    const archive = made?.path ?? built ?? upload!
    const served = made?.digest ?? (built && kept ? kept.served : digest)
    const runnable = { ...found, folder: made?.folder ?? (await folderOf(work, served)) ?? found.folder }
    const environment = await environmentOf(run.clusterId, app)
    const input = await deployInput(work, runnable, { served, archive, environment })
    const outcome = await deployApp(input)
    const note = () => noteServing(work, { digest, served, archive, environment, found: runnable })
    return isDone(outcome) ? await afterKeeping(outcome, note) : outcome
  } finally {
    if (made) await rm(made.path, { force: true })
  }
}

const build = ({ run, site, app, places, signal, journal }: AppWork, upload: string) =>
  buildUpload({
    ...{ spec: run.spec, fleet: site.fleet, app, upload, into: incoming(places), signal },
    emit: (event) => journal.emit(event),
  })

/** The folder that the build of a static app made. */
async function folderOf({ app, store }: AppWork, served: string): Promise<string | null> {
  return (await store.list(app.name)).find((one) => one.digest === served)?.resolved.folder ?? null
}

async function rollBack(work: AppWork, asked: AppRun): Promise<RunOutcome> {
  const { run, app, store } = work
  const digest = asked.release ?? ''
  const found = await findRelease(work, digest)
  const kept = (await keptReleases(run.clusterId, app.name)).get(digest)
  const archive = kept ? await store.archiveOf(kept.served) : null
  if (!kept || !archive) throw notKept(app.name)
  const { served, environment } = kept
  const runnable = { ...found, folder: (await folderOf(work, served)) ?? found.folder }
  const outcome = await rollbackApp(await deployInput(work, runnable, { served, archive, environment }))
  const note = () => noteServing(work, { digest, served, archive, environment, found: runnable })
  return isDone(outcome) ? afterKeeping(outcome, note) : outcome
}

async function restart(work: AppWork): Promise<RunOutcome> {
  const { run, app } = work
  const environment = await environmentOf(run.clusterId, app)
  const password = await hide(work, environment)
  const outcome = await restartApp({
    ...common(work),
    ...{ app, environment },
    ...(password ? { databasePassword: password } : {}),
  })
  if (!isDone(outcome)) return outcome
  return afterKeeping(outcome, async () => {
    const serving = await servingOf(work)
    if (serving) await keepEnvironment(run.clusterId, serving, environment)
  })
}

async function scale(work: AppWork): Promise<RunOutcome> {
  const { run, app, store } = work
  const serving = await servingOf(work)
  const kept = [...(await keptReleases(run.clusterId, app.name)).values()]
  const own = kept.find(({ environmentDigest }) => environmentDigest === serving?.environment)
  if (!serving || !own) throw notKept(app.name)
  const password = await hide(work, own.environment)
  return scaleApp({
    ...common(work),
    ...{ app, archive: await store.archiveOf(serving.release), keep: await store.keep(app.name) },
    environment: appEnvironment({
      ...work.run,
      app,
      environment: own.environment,
      ...(password ? { databasePassword: password } : {}),
    }),
    ...(password ? { databasePassword: password } : {}),
  })
}

async function remove(work: AppWork): Promise<RunOutcome> {
  const { run, app, store } = work
  const outcome = await removeApp({ ...common(work), app, dropDatabase: app.database })
  if (!isDone(outcome)) return outcome
  await store.removeApp(app.name)
  await forgetApp(run.clusterId, app.name)
  return outcome
}

function common({ run, site, signal, journal }: AppWork) {
  const emit: DeployInput['emit'] = (event) => journal.emit(event)
  return { spec: run.spec, secrets: site.secrets, fleet: site.fleet, signal, emit, since: run.since }
}

async function deployInput(
  work: AppWork,
  found: FoundApp,
  release: { served: string; archive: string; environment: Environment },
): Promise<DeployInput> {
  const { app, store } = work
  const { served, archive, environment } = release
  const password = await hide(work, environment)
  return {
    ...common(work),
    ...{ app, environment, keep: await store.keep(app.name) },
    release: { digest: served, path: archive, resolved: found },
    ...(password ? { databasePassword: password } : {}),
  }
}

/** Values of the environment are no more for the log than other secrets. Returns the password of the app's database. */
async function hide({ run, app, site, journal }: AppWork, environment: Environment): Promise<Secret | null> {
  const password = await databasePasswordOf(run.clusterId, app)
  const blank = blanker([...Object.values(environment), ...(password ? [password.reveal()] : [])], 8)
  journal.redactWith((text) => blank(site.redact(text)))
  return password
}

async function findRelease({ run, app }: AppWork, digest: string): Promise<FoundApp> {
  const found = await releaseOf(run.clusterId, app.name, digest)
  if (!found) throw notKept(app.name)
  // The settings of the app have the last word, also when they were changed after the upload.
  return {
    ...found,
    processes: app.processes ?? found.processes,
    release: app.release ?? found.release,
    health: app.health.path ?? found.health,
    build: app.build ?? found.build,
  }
}

/** What serves now is kept here, so that nodes that miss it get it and a rollback finds it. */
async function noteServing(
  work: AppWork,
  release: { digest: string; served: string; archive: string; environment: Environment; found: FoundApp },
): Promise<void> {
  const { run, app, store } = work
  const { digest, served, archive, environment, found } = release
  const environmentDigest = (await servingOf(work))?.environment
  if (environmentDigest === undefined) return
  const { kind, processes, release: command, health, timeout, memory, cron, folder, image } = found
  const resolved = { kind, processes, release: command, health, timeout, memory, cron, folder, image }
  const kept = { app: app.name, digest: served, environment: environmentDigest, resolved, message: null }
  // First: nodes that miss the release need its environment, also when the archives take too much space.
  await keepRelease(run.clusterId, app.name, digest, { environment: { ...environment }, environmentDigest, served })
  // Without, a node that is replaced would be provisioned without what the app needs.
  await keepAppNeeds(run.spec.name, app.name, { kind, packages: furtherPackages(found) })
  await store.add({ ...kept, ...{ served: true } }, archive)
  const archives = new Set((await store.list(app.name)).map((one) => one.digest))
  const all = [...(await keptReleases(run.clusterId, app.name))]
  const keep = all.filter(([, one]) => archives.has(one.served)).map(([name]) => name)
  await pruneReleases(run.clusterId, app.name, keep)
}

async function servingOf({ run, app, site }: AppWork) {
  const { apps } = await readApps({ spec: run.spec, fleet: site.fleet })
  return apps[app.name]?.serving ?? null
}

const isDone = ({ status }: RunOutcome): boolean => status === 'succeeded' || status === 'partial'

const isFile = async (file: string): Promise<boolean> => (await stat(file).catch(() => null))?.isFile() ?? false

const notKept = (app: string) =>
  new Trouble('release-missing', `The release of ${app} is no longer stored on this machine.`, 'Upload it again.')
