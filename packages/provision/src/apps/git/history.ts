/** Whether a branch still contains what was deployed of it. */
import { CommitId } from '@bramble/cluster'
import { type Git, runGit } from './git.ts'

/** How many commits are looked at, first and then. A branch that is longer counts as not rewritten. */
const depths = [50, 1000]
const seconds = 120

/** Fetches commits without files where the server can do that. False when it cannot be told. */
export async function isRewritten(
  git: Git,
  { previous, refspec, commit }: { previous: string; refspec: string; commit: string },
): Promise<boolean> {
  if (previous === commit || !CommitId.safeParse(previous).success) return false
  const argv = ['fetch', '--quiet', '--no-tags', '--no-recurse-submodules', '--filter=tree:0']
  for (const depth of depths) {
    try {
      await runGit(git, [...argv, `--depth=${depth}`, '--', git.access.url, refspec], { seconds })
      const known = (await runGit(git, ['rev-list', commit])).split('\n')
      if (known.includes(previous)) return false
      if ((await runGit(git, ['rev-parse', '--is-shallow-repository'])).trim() === 'false') return true
    } catch {
      // The commit itself is here: what came before it is only told.
      git.signal?.throwIfAborted()
      return false
    }
  }
  return false
}
