/** Looks at the git repository of an app: makes its deploy key, shows the host key of its server, notices new commits. */
import { endGitCheck, type GitCheck, keepDeployKey, openGitCheck, requestGitDeploy } from '@bramble/db/apps'
import { Trouble, troubleWords } from '@bramble/provision'
import { gitHostKey, gitUrl, makeSshKey, remoteTip } from '@bramble/provision/git'
import { incoming } from './check-upload.ts'
import { accessOf } from './git-access.ts'
import type { AppPlaces } from './places.ts'

export async function gitCheckJob(id: string, places: AppPlaces, ending: AbortSignal): Promise<void> {
  const check = await openGitCheck(id)
  if (!check) return
  const { url } = check.source
  try {
    await look(id, check, places, ending)
  } catch (error) {
    // Delivered again to the next worker.
    if (ending.aborted) throw error
    const trouble = troubleWords(error, 'The repository could not be read', 'It is tried again.')
    if (trouble.code === 'fault') console.error(`repository of ${check.app}:`, error)
    const hasChanged = error instanceof Trouble && error.code === 'git-host-key-changed'
    const shownKey = hasChanged ? await gitHostKey(url, { signal: ending }).catch(() => null) : null
    await endGitCheck(id, url, shownKey ? { shownKey, trouble } : { trouble })
  }
}

async function look(id: string, check: GitCheck, places: AppPlaces, signal: AbortSignal): Promise<void> {
  const { app, cluster, source } = check
  const { url, branch, hostKey } = source
  if (gitUrl(url).protocol === 'ssh') {
    if (check.publicKey === null) await keepDeployKey(id, makeSshKey(`bramble-${cluster}-${app}`))
    if (hostKey === null) {
      await endGitCheck(id, url, { shownKey: await gitHostKey(url, { signal }), trouble: null })
      return
    }
  }
  const { commit } = await remoteTip({ access: accessOf(source), branch, parent: incoming(places), signal })
  await endGitCheck(id, url, { tip: commit })
  // The first deploy is a person's; after that each new commit of the branch is deployed once.
  if (check.onPush && check.askedCommit !== null && commit !== check.askedCommit)
    await requestGitDeploy({ cluster, app, commit, by: 'bramble' })
}
