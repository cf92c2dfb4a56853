/** `app deploy --to`: a folder, an archive or a git repository goes to a dashboard, which builds and deploys it. */
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import type { appApi, FoundApp } from '@bramble/cluster'
import { readSource, Trouble } from '@bramble/provision'
import { confirm } from '../../confirm.ts'
import { inspectionText } from '../inspect.ts'
import { print, printJson } from '../output.ts'
import { carryOut, type Dashboard, getApp } from './index.ts'
import { sendUpload } from './upload.ts'

export interface RemoteDeploy {
  source: string
  app: string
  domains: readonly string[]
  database: boolean
  message: string | undefined
  yes: boolean
}

/** Null: the cluster does not have it yet. */
export async function knownApp(dashboard: Dashboard, app: string): Promise<appApi.App | null> {
  try {
    return await getApp(dashboard, app)
  } catch (error) {
    if (error instanceof Trouble && error.code === 'app-unknown') return null
    throw error
  }
}

/** Those that it has, and these. */
export function allDomains(known: appApi.App | null, added: readonly string[]): string[] | undefined {
  if (added.length === 0) return undefined
  return [...new Set([...(known?.domains ?? []), ...added])]
}

export async function deployUpload(dashboard: Dashboard, asked: RemoteDeploy): Promise<void> {
  const { source, app, database, message } = asked
  const { client, cluster, signal, options } = dashboard
  const known = await knownApp(dashboard, app)
  const domains = allDomains(known, asked.domains)
  const name = basename(resolve(source))
  const { id, found } = await dashboard.whenLeft(
    'What was sent is kept for 24 hours: the same command continues there.',
    () =>
      withArchive(source, signal, (path) =>
        sendUpload({ ...{ client, cluster, app, name, path, signal }, onProgress: progress(options.json ?? false) }),
      ),
  )
  if (!options.json) print(summary(found, { domains: domains ?? known?.domains ?? [], database }))
  if (!asked.yes) await confirm(app)
  const body = {
    ...{ kind: 'deploy', upload: id },
    ...(domains ? { domains } : {}),
    ...(database ? { database } : {}),
    ...(message === undefined ? {} : { message }),
  }
  await carryOut(dashboard, { app, body })
}

/** A folder becomes the same archive each time, so that an upload of it can be continued; an archive is sent as it is. */
async function withArchive<T>(source: string, signal: AbortSignal, work: (path: string) => Promise<T>): Promise<T> {
  const found = await stat(source).catch(() => null)
  if (found?.isFile()) return work(source)
  const into = await mkdtemp(join(tmpdir(), 'bramble-upload-'))
  try {
    // What is in one folder alone is taken out of it by the dashboard.
    const { path } = await readSource({ source, into, signal, unwrap: false, look: async () => null })
    return await work(path)
  } finally {
    await rm(into, { recursive: true, force: true })
  }
}

function progress(json: boolean) {
  const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1)
  const isTerminal = process.stderr.isTTY && !json
  let tenth = -1
  return ({ received, size, resumed }: { received: number; size: number; resumed: boolean }) => {
    const words = `${resumed ? 'Continues at' : 'Uploaded'} ${megabytes(received)} of ${megabytes(size)} MB`
    if (json) printJson({ upload: { received, size } })
    else if (isTerminal) process.stderr.write(`\r${words}${received === size ? '\n' : ''}`)
    else if (resumed || Math.floor((received / size) * 10) > tenth) print(words)
    tenth = Math.floor((received / size) * 10)
  }
}

function summary(found: FoundApp, { domains, database }: { domains: readonly string[]; database: boolean }): string {
  return [
    inspectionText(found),
    `Domains           ${domains.join(', ') || 'none: the app is not reachable'}`,
    ...(database ? ['Database          its own, in DATABASE_URL'] : []),
  ].join('\n')
}
