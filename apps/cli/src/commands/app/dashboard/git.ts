/** `app deploy GIT-URL --to`: the dashboard fetches the repository itself, with a deploy key of its own. */
import { appApi } from '@bramble/cluster'
import { Trouble } from '@bramble/provision'
import { confirm } from '../../confirm.ts'
import type { GitOptions } from '../git.ts'
import { readSecretFile } from '../git.ts'
import { print } from '../output.ts'
import { allDomains, knownApp, type RemoteDeploy } from './deploy.ts'
import { appPath, carryOut, type Dashboard, getApp, pause } from './index.ts'

/** Milliseconds: until the worker has asked the server for its host key, and between two looks. */
const hostKeyMs = 60_000
const pollMs = 1_000

export async function deployRepository(dashboard: Dashboard, asked: RemoteDeploy & { git: GitOptions }): Promise<void> {
  const { source: url, app, message, git } = asked
  if (git.key !== undefined)
    throw new Trouble(
      'git-options',
      '--key is not for --to: a dashboard has a deploy key of its own for each app.',
      'Leave it out, and add the deploy key that is shown to the repository.',
    )
  const known = await knownApp(dashboard, app)
  if (!asked.yes) await confirm(app, `${app} is deployed from ${url}.`)
  let source = await setRepository(dashboard, { known, asked })
  if (source.protocol === 'ssh') {
    source = await whenHostKnown(dashboard, app, source)
    await acceptHostKey(dashboard, app, source, git.hostKey)
    if (!dashboard.options.json && source.publicKey && known?.source?.url !== url)
      print(`Deploy key        ${source.publicKey}\nAdd it to the repository; read access is enough.`)
  }
  const body = { kind: 'deploy', source: 'git', ...(message === undefined ? {} : { message }) }
  await carryOut(dashboard, { app, body })
}

async function setRepository(
  dashboard: Dashboard,
  { known, asked }: { known: appApi.App | null; asked: RemoteDeploy & { git: GitOptions } },
): Promise<appApi.GitSource> {
  const { source: url, app, git, database } = asked
  const before = known?.source ?? null
  const { branch = null, folder = null, gitTokenFile } = git
  const domains = allDomains(known, asked.domains)
  const isSame =
    before?.url === url &&
    (git.branch === undefined || before.branch === branch) &&
    (git.folder === undefined || before.folder === folder)
  if (before && isSame && gitTokenFile === undefined && domains === undefined && !database) return before
  const body = {
    ...{ url, branch: branch ?? (isSame ? before.branch : null), folder: folder ?? (isSame ? before.folder : null) },
    ...(before ? { poll: before.poll, pollSeconds: before.pollSeconds } : {}),
    ...(gitTokenFile === undefined ? {} : { token: readSecretFile(gitTokenFile, 'token').reveal() }),
    ...(domains ? { domains } : {}),
    ...(database ? { database } : {}),
  }
  const path = `${appPath(dashboard, app)}/source`
  const { source } = await dashboard.client.ask(appApi.Source, path, { method: 'PUT', body })
  if (!source)
    throw new Trouble('git-source-missing', `The app ${app} has no git repository.`, 'Run the command again.')
  return source
}

/** Until a worker has seen the host key of the server, and made a deploy key. */
async function whenHostKnown(dashboard: Dashboard, app: string, begun: appApi.GitSource): Promise<appApi.GitSource> {
  const end = Date.now() + hostKeyMs
  for (let source: appApi.GitSource | null = begun; ; source = (await getApp(dashboard, app)).source) {
    if (source?.hostKey ?? source?.shownHostKey) return source!
    if (source?.trouble) throw new Trouble(source.trouble.code, source.trouble.message, source.trouble.cure)
    if (Date.now() > end)
      throw new Trouble(
        'git-unreachable',
        `The dashboard has not seen the host key of ${begun.host} within a minute.`,
        'Check that its worker is running and can reach the server.',
      )
    await pause(pollMs, dashboard.signal)
  }
}

async function acceptHostKey(
  dashboard: Dashboard,
  app: string,
  { host, hostKey, shownHostKey, publicKey }: appApi.GitSource,
  accepted: string | undefined,
): Promise<void> {
  if (shownHostKey === null || (hostKey !== null && accepted === undefined)) return
  if (accepted === shownHostKey) {
    const body = { kind: 'accept-host-key', fingerprint: shownHostKey }
    await dashboard.client.ask(appApi.Source, `${appPath(dashboard, app)}/source`, { method: 'POST', body })
    return
  }
  throw new Trouble(
    'git-host-key-unknown',
    `The host key of ${host} was not accepted yet. It shows ${shownHostKey}.${publicKey ? `\nThe deploy key to add to the repository: ${publicKey}` : ''}`,
    `Compare the fingerprint with what the owner of the server publishes, then deploy again with --host-key ${shownHostKey}`,
  )
}
