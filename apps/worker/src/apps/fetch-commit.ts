/** Fetches the commit that a run deploys, and makes a release of it. */
import { type AppSpec, FoundApp, type GitCommit, shortCommit } from '@bramble/cluster'
import { openGitDeploy, recordGitRelease } from '@bramble/db/apps'
import { readSource, resolveApp, Trouble } from '@bramble/provision'
import { withCheckout } from '@bramble/provision/git'
import { incoming } from './check-upload.ts'
import { accessOf } from './git-access.ts'
import type { AppPlaces } from './places.ts'

interface FetchInput {
  deploy: string
  app: AppSpec
  places: AppPlaces
  signal: AbortSignal
  say: (text: string) => void
}

/** Digest of the release; null: the deploy is not one from git. What an earlier worker fetched for it stays. */
export async function fetchCommit({ deploy, app, places, signal, say }: FetchInput): Promise<string | null> {
  const asked = await openGitDeploy(deploy)
  if (!asked) return null
  if (asked.release !== null) return asked.release
  const { source, previous } = asked
  if (!source)
    throw new Trouble(
      'git-source-missing',
      `The app ${app.name} has no git repository any more.`,
      'Set the repository on the page of the app, or deploy an upload.',
    )
  const { url, branch, folder } = source
  say(`Fetching ${branch === null ? 'the default branch' : `the branch ${branch}`} of ${url}.`)
  const into = incoming(places)
  const made = await withCheckout(
    { access: accessOf(source), branch, folder, previous, parent: into, signal },
    async ({ path, commit, rewritten }) => {
      say(commitWords(commit))
      if (rewritten)
        say('The history of the branch was rewritten: the commit that was deployed before is no longer part of it.')
      const {
        seen,
        path: _,
        ...release
      } = await readSource({
        ...{ source: path, into, unwrap: false, signal },
        look: (files) => resolveApp(files, app),
      })
      return { commit, found: FoundApp.parse({ ...release, ...seen }) }
    },
  )
  await recordGitRelease(deploy, made)
  return made.found.digest
}

const commitWords = ({ branch, commit, message, author }: GitCommit): string =>
  `Fetched ${shortCommit(commit)} of ${branch}: ${message} (${author}).`
