/** Deploys, rollbacks, restarts and removals of apps: asked for here, carried out by a run each, in the order of the asking. */
import { type AppAction, AppSpec, type FoundApp } from '@bramble/cluster'
import { audited } from '../audit/audit.ts'
import { enqueueRun, plain } from '../runs/requests.ts'
import { holdCluster, type Transaction } from '../store/active.ts'
import { prisma } from '../store/connection.ts'
import { fieldWords, inOneLine } from '../store/field-words.ts'
import { isId } from '../store/ids.ts'
import { Refusal } from '../store/refusal.ts'
import { type ClusterRow, specOf, withNodes } from '../store/specs.ts'
import { clean } from '../store/text.ts'
import { adoptApp, checkedApp, refuseActive } from './app-adoption.ts'
import { findApp, storeApps } from './app-specs.ts'
import { refuseRemoving, refuseUnbuilt, settleDeploys, startDeploy, supersedeWaiting } from './deploy-queue.ts'
import { storeVariables } from './environments.ts'
import { takeUpload } from './uploads.ts'

export interface AskedDeploy {
  deploy: string
  /** Null: it waits until the current run has ended. */
  run: string | null
}

/**
 * A checked upload, or a release that is kept, becomes what serves. An app that the cluster does not have yet is added to it.
 * `domains` absent: they stay. Refusal `app-invalid`, `app-removing`, `upload-unknown`, `upload-unready`, `release-unknown`, `spec-invalid`,
 * `run-active` (the cluster has to be changed for it), `cluster-not-built`, `cluster-unknown`.
 */
export async function requestDeploy(input: {
  cluster: string
  app: string
  from: { upload: string } | { release: string }
  domains?: readonly string[] | undefined
  /** True: it gets a database of its own. Absent: that stays as it is. */
  database?: boolean | undefined
  /** Secret variables, stored before the app starts. */
  variables?: Readonly<Record<string, string>> | undefined
  message?: string | undefined
  by: string
}): Promise<AskedDeploy> {
  const { cluster, by, from } = input
  const message = clean(input.message ?? '').slice(0, 500)
  return ask({ cluster, app: input.app, kind: 'deploy', by, detail: message }, async (tx, row) => {
    const wanted = { ...checkedApp(input.app, input.domains), database: input.database }
    const spec = await adoptApp(tx, row, wanted)
    if (input.variables) await storeVariables(tx, row.id, spec, input.variables)
    const app = await tx.app.upsert({
      where: { clusterId_name: { clusterId: row.id, name: wanted.name } },
      create: { clusterId: row.id, name: wanted.name },
      update: {},
    })
    await refuseRemoving(tx, app.id, wanted.name)
    const release =
      'upload' in from
        ? await keepRelease(tx, app.id, by, await takeUpload(tx, row.id, from.upload))
        : await findRelease(tx, app.id, from.release)
    await supersedeWaiting(tx, app.id)
    return { app: app.id, release, message }
  })
}

/** A release that served before serves again. Refusal `release-unknown`, `app-removing`, `app-unknown`, `cluster-unknown`. */
export async function requestRollback(input: {
  cluster: string
  app: string
  release: string
  by: string
}): Promise<AskedDeploy> {
  const { cluster, app, by } = input
  return ask({ cluster, app, kind: 'rollback', by, detail: input.release }, async (tx, row) => {
    const known = await knownApp(tx, row, app)
    const release = await findRelease(tx, known, input.release)
    const served = await tx.deploy.count({
      where: { releaseId: release.id, kind: { in: ['deploy', 'rollback'] }, state: { in: ['succeeded', 'partial'] } },
    })
    if (served === 0)
      throw new Refusal(
        'release-unknown',
        'This release has never served, so there is nothing to roll back to.',
        'Choose a release that was deployed successfully.',
      )
    await supersedeWaiting(tx, known)
    return { app: known, release, message: '' }
  })
}

/** The release that serves starts again in the other slot. Refusal `app-removing`, `app-unknown`, `cluster-unknown`. */
export async function requestRestart(input: { cluster: string; app: string; by: string }): Promise<AskedDeploy> {
  return ask({ ...input, kind: 'restart-app' }, async (tx, row) => ({
    app: await knownApp(tx, row, input.app),
    release: null,
    message: '',
  }))
}

/** Null: on every web node. */
export type ScalePlaces = { nodes: readonly string[] } | { count: number } | null

/**
 * What serves starts on other nodes. Refusal `app-invalid`, `spec-invalid` (no web node), `run-active`, `app-removing`, `app-unknown`,
 * `cluster-unknown`.
 */
export async function requestScale(input: {
  cluster: string
  app: string
  places: ScalePlaces
  by: string
}): Promise<AskedDeploy> {
  const { cluster, app, places, by } = input
  const detail = places === null ? 'all' : 'nodes' in places ? places.nodes.join(', ') : `${places.count} nodes`
  return ask({ cluster, app, kind: 'scale-app', by, detail }, async (tx, row) => {
    const known = await knownApp(tx, row, app)
    await refuseActive(tx, row)
    const spec = specOf(row)
    const { nodes: _, count: __, ...rest } = findApp(spec, app)
    const asked = places === null ? {} : 'nodes' in places ? { nodes: places.nodes } : { count: places.count }
    const parsed = AppSpec.safeParse({ ...rest, ...asked })
    if (!parsed.success) {
      const fields = fieldWords(parsed.error.issues, asked)
      throw new Refusal('app-invalid', inOneLine(fields, 'app'), 'Correct this and try again.', { fields })
    }
    await storeApps(tx, row.id, { ...spec, apps: spec.apps!.map((one) => (one.name === app ? parsed.data : one)) })
    return { app: known, release: null, message: detail }
  })
}

const availabilityKinds = { running: 'start-app', stopped: 'stop-app', maintenance: 'maintain-app' } as const

/** Refusal `app-removing`, `app-unknown`, `cluster-unknown`. */
export async function requestAvailability(input: {
  cluster: string
  app: string
  to: keyof typeof availabilityKinds
  by: string
}): Promise<AskedDeploy> {
  const { cluster, app, by } = input
  return ask({ cluster, app, by, kind: availabilityKinds[input.to] }, async (tx, row) => ({
    app: await knownApp(tx, row, app),
    release: null,
    message: '',
  }))
}

/** `typed`: the app's name. Refusal `not-confirmed`, `app-removing`, `app-unknown`, `cluster-unknown`. */
export async function requestRemoval(input: {
  cluster: string
  app: string
  typed: string
  by: string
}): Promise<AskedDeploy> {
  const { cluster, app, by } = input
  return ask({ cluster, app, by, kind: 'remove-app' }, async (tx, row) => {
    if (input.typed !== app)
      throw new Refusal(
        'not-confirmed',
        `The app ${app} will be stopped, and its releases, settings and secrets will be deleted.`,
        `Type ${app} to confirm.`,
      )
    const known = await knownApp(tx, row, app)
    await supersedeWaiting(tx, known)
    return { app: known, release: null, message: '' }
  })
}

/** Takes back what still waits. Refusal `deploy-unknown`. */
export async function cancelDeploy(input: { cluster: string; deploy: string; by: string }): Promise<void> {
  const { cluster, deploy, by } = input
  await audited({ who: by, what: 'app.cancel', target: cluster, detail: deploy }, async () => {
    const { count } = isId(deploy)
      ? await prisma().deploy.updateMany({
          where: { id: deploy, state: 'waiting', app: { cluster: { name: cluster } } },
          data: { state: 'cancelled', outcome: `Canceled by ${by} before it started.`, endedAt: new Date() },
        })
      : { count: 0 }
    if (count === 0)
      throw new Refusal(
        'deploy-unknown',
        'This deploy is no longer waiting.',
        'If it is running, cancel it on the page of its run.',
      )
  })
}

type Release = { id: string; digest: string }

/** Writes the deploy down, and starts its run unless it has to wait. `git`, `image`: what is deployed is fetched by the run. */
export async function ask(
  asked: { cluster: string; app: string; kind: AppAction; by: string; detail?: string },
  prepare: (
    tx: Transaction,
    row: ClusterRow,
  ) => Promise<{ app: string; release: Release | null; message: string; git?: boolean; image?: boolean }>,
): Promise<AskedDeploy> {
  const { cluster, app, kind, by } = asked
  const entry = { who: by, what: `run.${kind}` as const, target: `${cluster}/${app}`, detail: asked.detail }
  return audited(entry, async () => {
    await settleDeploys()
    const made = await prisma().$transaction(async (tx) => {
      const { id: clusterId } = await holdCluster(tx, cluster)
      await refuseUnbuilt(tx, clusterId, cluster)
      const row = await tx.cluster.findUniqueOrThrow({ where: { id: clusterId }, include: withNodes })
      const { app: appId, release, message, git = false, image = false } = await prepare(tx, row)
      const data = { appId, kind, releaseId: release?.id ?? null, requestedBy: by, message, git, image }
      const deploy = await tx.deploy.create({ data })
      return { deploy: deploy.id, run: await startDeploy(tx, clusterId, deploy.id) }
    })
    if (made.run) await enqueueRun(made.run, 0)
    return made
  })
}

export async function keepRelease(
  tx: Transaction,
  appId: string,
  by: string,
  { found, name }: { found: FoundApp; name: string },
): Promise<Release> {
  const { digest } = found
  return tx.release.upsert({
    where: { appId_digest: { appId, digest } },
    create: { appId, digest, found: plain(found), source: name, size: found.bytes, madeBy: by },
    update: {},
  })
}

/** Refusal `app-unknown`, `app-removing`. */
export async function knownApp(tx: Transaction, row: ClusterRow, name: string): Promise<string> {
  findApp(specOf(row), name)
  const app = await tx.app.findUnique({ where: { clusterId_name: { clusterId: row.id, name } } })
  if (!app)
    throw new Refusal('app-unknown', `The app ${name} was never deployed from this dashboard.`, 'Deploy it first.')
  await refuseRemoving(tx, app.id, name)
  return app.id
}

async function findRelease(tx: Transaction, appId: string, id: string): Promise<Release> {
  const release = isId(id) ? await tx.release.findFirst({ where: { id, appId } }) : null
  if (!release) throw new Refusal('release-unknown', 'The app has no such release.', 'Reload the page.')
  return release
}
