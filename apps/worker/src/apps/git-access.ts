/** How a worker reaches the git repository of an app: with what is kept for it, never with keys of the machine. */
import type { OpenedGitSource } from '@bramble/db/apps'
import { Secret, Trouble } from '@bramble/provision'
import { type GitAccess, gitUrl } from '@bramble/provision/git'

/** Troubles `git-url`, `git-key-missing`. */
export function accessOf({ url, hostKey, key, token }: OpenedGitSource): GitAccess {
  if (gitUrl(url).protocol === 'https') return { url, token: token ? new Secret(token) : null }
  if (!key)
    throw new Trouble(
      'git-key-missing',
      'The deploy key of the app has not been made yet.',
      'Open the page of the app, add the deploy key that it shows to the repository, then try again.',
    )
  return { url, hostKey, key: new Secret(key) }
}
