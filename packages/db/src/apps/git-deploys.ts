/** Deploys from git: the run fetches the commit, and says then which release it made of it. */
import { CommitId, FoundApp, GitCommit, parseGitUrl } from '@bramble/cluster'
import { plain } from '../runs/requests.ts'
import { readSealed } from '../secrets/secrets.ts'
import { prisma } from '../store/connection.ts'
import { Refusal } from '../store/refusal.ts'
import { clean, json } from '../store/text.ts'
import { supersedeWaiting } from './deploy-queue.ts'
import { type AskedDeploy, ask, keepRelease, knownApp } from './deploys.ts'
import { findSource, type SourceOf } from './git-sources.ts'

/**
 * Deploys the newest commit of the branch, whichever that is when the run begins. `commit`: the one that is asked for, when it is
 * known. Refusal `git-source-missing`, `git-host-key-unknown`, `app-unknown`, `app-removing`, `cluster-not-built`, `cluster-unknown`.
 */
export async function requestGitDeploy(
  input: SourceOf & { message?: string | undefined; commit?: string | undefined },
): Promise<AskedDeploy> {
  const { cluster, app, by } = input
  const message = clean(input.message ?? '').slice(0, 500)
  return ask({ cluster, app, kind: 'deploy', by, detail: message || 'from git' }, async (tx, row) => {
    const id = await knownApp(tx, row, app)
    const source = await findSource(tx, cluster, app)
    const url = parseGitUrl(source.url)
    if (!('problem' in url) && url.protocol === 'ssh' && source.hostKey === null)
      throw new Refusal(
        'git-host-key-unknown',
        `The host key of ${url.host} was not confirmed yet.`,
        'Compare the fingerprint on the page of the app with the one published by the owner of the server, and confirm it.',
      )
    await supersedeWaiting(tx, id)
    const asked = input.commit ?? source.tip
    if (asked !== null) await tx.appGitSource.update({ where: { appId: id }, data: { askedCommit: asked } })
    return { app: id, release: null, message, git: true }
  })
}

export interface GitDeploy {
  app: string
  /** Null: the app has no repository any more. */
  source: OpenedGitSource | null
  /** Digest of the release that an earlier attempt of this run made; null: none. */
  release: string | null
  /** The commit that was deployed last; null: none was. */
  previous: string | null
}

export interface OpenedGitSource {
  url: string
  branch: string | null
  folder: string | null
  hostKey: string | null
  /** Private deploy key, and access token; null: there is none. */
  key: string | null
  token: string | null
}

/** For the worker: what a deploy fetches. Null: it is not one from git. */
export async function openGitDeploy(deploy: string): Promise<GitDeploy | null> {
  const row = await prisma().deploy.findUnique({
    where: { id: deploy },
    include: { release: true, app: { include: { gitSource: true } } },
  })
  if (!row?.git) return null
  const before = await prisma().deploy.findFirst({
    where: { appId: row.appId, id: { not: deploy }, git: true, state: { in: ['succeeded', 'partial'] } },
    orderBy: { createdAt: 'desc' },
  })
  const { app } = row
  return {
    app: app.name,
    source: app.gitSource && (await opened(app.clusterId, app.name, app.gitSource)),
    release: row.release?.digest ?? null,
    previous: GitCommit.safeParse(before?.gitCommit).data?.commit ?? null,
  }
}

interface SourceColumns extends Pick<OpenedGitSource, 'url' | 'branch' | 'folder' | 'hostKey'> {}

export async function opened(clusterId: string, app: string, source: SourceColumns): Promise<OpenedGitSource> {
  const secrets = await readSealed(clusterId, 'app-git')
  const { url, branch, folder, hostKey } = source
  return {
    ...{ url, branch, folder, hostKey },
    ...{ key: secrets[`${app}/key`] ?? null, token: secrets[`${app}/token`] ?? null },
  }
}

/** The release that a run made of a commit. Its message is that of the commit, unless somebody wrote one. */
export async function recordGitRelease(deploy: string, made: { found: FoundApp; commit: GitCommit }): Promise<void> {
  const found = FoundApp.parse(JSON.parse(json(made.found)))
  const commit = GitCommit.parse(JSON.parse(json(made.commit)))
  await prisma().$transaction(async (tx) => {
    const { appId, message, requestedBy } = await tx.deploy.findUniqueOrThrow({ where: { id: deploy } })
    const release = await keepRelease(tx, appId, requestedBy, { found, name: commit.url })
    const data = { releaseId: release.id, gitCommit: plain(commit), message: message || commit.message }
    await tx.deploy.update({ where: { id: deploy }, data })
    const tip = CommitId.parse(commit.commit)
    await tx.appGitSource.updateMany({ where: { appId }, data: { tip, askedCommit: tip } })
  })
}
