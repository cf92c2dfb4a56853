/** For the worker: which repositories are to be looked at, and what was seen there. */
import { parseGitUrl } from '@bramble/cluster'
import { Prisma } from '../generated/client.ts'
import { storeSecret } from '../secrets/secrets.ts'
import { pool, prisma } from '../store/connection.ts'
import { json } from '../store/text.ts'
import type { TroubleView } from '../store/trouble.ts'
import { type OpenedGitSource, opened } from './git-deploys.ts'
import { queueGitCheck } from './git-sources.ts'

/** Seconds between two checks that fail, at most. */
const longestPause = 3600

/** Queues the checks that are due. One that is lost is due again a minute later. For the worker, every few seconds. */
export async function queueDueGitChecks(): Promise<void> {
  const { rows } = await pool().query<{ id: string }>(
    `update app_git_source set next_check_at = now() + make_interval(secs => greatest(poll_seconds, 60))
     where poll and (host_key is not null or url ilike 'https://%') and next_check_at <= now() returning app_id as id`,
  )
  for (const { id } of rows) await queueGitCheck(id)
}

export interface GitCheck {
  cluster: string
  app: string
  source: OpenedGitSource
  publicKey: string | null
  /** A new commit is deployed by itself. */
  onPush: boolean
  /** Null: nothing was deployed from the repository yet, and nothing is by itself. */
  askedCommit: string | null
}

/** Null: the app or its repository is gone. */
export async function openGitCheck(app: string): Promise<GitCheck | null> {
  const row = await prisma().appGitSource.findUnique({
    where: { appId: app },
    include: { app: { include: { cluster: { select: { name: true } } } } },
  })
  if (!row) return null
  const { clusterId, name, cluster } = row.app
  return {
    ...{ cluster: cluster.name, app: name, publicKey: row.publicKey },
    ...{ onPush: row.poll || row.hookSalt !== null, askedCommit: row.askedCommit },
    source: await opened(clusterId, name, row),
  }
}

/** Keeps the deploy key of an app; one that is kept already stays. */
export async function keepDeployKey(app: string, key: { private: string; public: string }): Promise<void> {
  await prisma().$transaction(async (tx) => {
    const row = await tx.appGitSource.findUnique({ where: { appId: app }, include: { app: true } })
    if (!row || row.publicKey !== null) return
    await storeSecret(tx, row.app.clusterId, 'app-git', `${row.app.name}/key`, key.private)
    await tx.appGitSource.update({ where: { appId: app }, data: { publicKey: key.public } })
  })
}

/** What a check saw. `url`: that was looked at; what was seen of a former one is dropped. */
export async function endGitCheck(
  app: string,
  url: string,
  seen: { tip: string } | { shownKey: string; trouble: TroubleView | null } | { trouble: TroubleView },
): Promise<void> {
  const row = await prisma().appGitSource.findUnique({ where: { appId: app } })
  if (row?.url !== url || 'problem' in parseGitUrl(url)) return
  const now = new Date()
  const failed = 'trouble' in seen && seen.trouble !== null
  const failures = failed ? row.failures + 1 : 0
  const pause = Math.min(row.pollSeconds * 2 ** Math.min(failures, 10), Math.max(longestPause, row.pollSeconds))
  await prisma().appGitSource.updateMany({
    where: { appId: app, url },
    data: {
      ...('tip' in seen ? { tip: seen.tip, shownKey: null } : {}),
      ...('shownKey' in seen ? { shownKey: seen.shownKey } : {}),
      trouble: failed ? (JSON.parse(json(seen.trouble)) as Prisma.InputJsonValue) : Prisma.DbNull,
      ...{ failures, checkedAt: now, nextCheckAt: new Date(now.getTime() + pause * 1000) },
    },
  })
}
