/** What is kept here of a release that serves, and what a run says when that fails. */
import type { RunOutcome } from '@bramble/cluster'
import { keepRelease, keptReleases } from '@bramble/db/apps'
import { type AppsState, troubleWords } from '@bramble/provision'
import type { Environment } from './environment.ts'

type Serving = NonNullable<AppsState['apps'][string]['serving']>

/** After a restart with other values: a node that is replaced gets the environment that serves, and so does a rollback. */
export async function keepEnvironment(
  clusterId: string,
  { app, release, environment: environmentDigest }: Pick<Serving, 'app' | 'release' | 'environment'>,
  environment: Environment,
): Promise<void> {
  const kept = [...(await keptReleases(clusterId, app))].find(([, { served }]) => served === release)
  if (!kept) return
  const [digest, { served }] = kept
  await keepRelease(clusterId, app, digest, { environment: { ...environment }, environmentDigest, served })
}

/** The release serves whether or not it can be kept, so the run has not failed when `keep` does. */
export async function afterKeeping(outcome: RunOutcome, keep: () => Promise<void>): Promise<RunOutcome> {
  try {
    await keep()
    return outcome
  } catch (error) {
    const { code, message, cure } = troubleWords(error, 'A fault of Bramble', 'See the log of the worker.')
    if (code === 'fault') console.error('keeping a release:', error)
    const words = `The release serves, but this machine could not keep it for rollbacks and replaced nodes: ${message} ${cure}`
    return { ...outcome, status: 'partial', message: `${outcome.message} ${words}` }
  }
}
