/** `app deploy docker://… --to`: a node of the cluster pulls the image, with the credentials that the dashboard keeps. */
import { appApi } from '@bramble/cluster'
import { Trouble } from '@bramble/provision'
import { confirm } from '../../confirm.ts'
import { type ImageOptions, imageReference, registryAccess } from '../image.ts'
import { allDomains, knownApp, type RemoteDeploy } from './deploy.ts'
import { appPath, carryOut, type Dashboard } from './index.ts'

export async function deployImage(
  dashboard: Dashboard,
  asked: RemoteDeploy & { registry: ImageOptions },
): Promise<void> {
  const { source, app, message, registry, database } = asked
  if (database)
    throw new Trouble(
      'app-options',
      '--database is for uploads with --to.',
      'Switch the database on in the dashboard, on the page of the app.',
    )
  const reference = imageReference(source)
  const access = registryAccess(registry)
  const known = await knownApp(dashboard, app)
  if (!asked.yes) await confirm(app, `${app} is deployed from ${source}.`)
  const before = known?.image ?? null
  const domains = allDomains(known, asked.domains)
  if (before?.reference !== reference || access || domains !== undefined) {
    // Without options, the dashboard keeps its settings, if the registry is the same.
    const kept = before && { user: before.user, authority: before.authority }
    const given = access && { ...access, password: access.password?.reveal() ?? null }
    const body = { reference, ...(given ?? kept ?? {}), ...(domains ? { domains } : {}) }
    await dashboard.client.ask(appApi.Image, `${appPath(dashboard, app)}/image`, { method: 'PUT', body })
  }
  const body = { kind: 'deploy', source: 'image', ...(message === undefined ? {} : { message }) }
  await carryOut(dashboard, { app, body })
}
