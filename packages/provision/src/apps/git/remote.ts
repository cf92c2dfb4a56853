/** What a branch of a remote repository leads to, without fetching anything. */
import { CommitId } from '@bramble/cluster'
import { Trouble } from '../../engine/types.ts'
import type { GitAccess } from './access.ts'
import { type Git, runGit, withGit } from './git.ts'

export interface BranchTip {
  branch: string
  commit: string
}

const listSeconds = 60

/** `branch` null: the default branch. `parent`: a folder for what git needs meanwhile. Troubles of `branchTip` and `withGit`. */
export function remoteTip(input: {
  access: GitAccess
  branch: string | null
  parent: string
  signal?: AbortSignal | undefined
}): Promise<BranchTip> {
  return withGit(input, (git) => branchTip(git, input.branch))
}

/** Troubles `git-empty`, `git-branch-missing`, and of `gitTrouble`. */
export async function branchTip(git: Git, branch: string | null): Promise<BranchTip> {
  const { url } = git.access
  const wanted = branch === null ? [] : [`refs/heads/${branch}`]
  const refs = await list(git, ['ls-remote', '--symref', '--', url, 'HEAD', ...wanted])
  const name = branch ?? refs.head
  const commit = name === null ? undefined : (refs.commits.get(`refs/heads/${name}`) ?? headOf(refs, branch))
  if (name !== null && commit) return { branch: name, commit }
  const { commits } = await list(git, ['ls-remote', '--heads', '--', url])
  const branches = [...commits.keys()].map((ref) => ref.replace(/^refs\/heads\//, ''))
  if (branches.length === 0)
    throw new Trouble('git-empty', 'The repository is empty: it has no commits.', 'Push the app to it, then try again.')
  const some = branches.slice(0, 10).join(', ')
  throw new Trouble(
    'git-branch-missing',
    branch === null
      ? 'The default branch of the repository does not exist.'
      : `The repository has no branch ${branch}.`,
    `Choose one of its ${branches.length} branches: ${some}${branches.length > 10 ? ', …' : ''}.`,
  )
}

interface Refs {
  /** Branch that HEAD names. */
  head: string | null
  commits: ReadonlyMap<string, string>
}

/** HEAD counts only when no branch was asked for. */
const headOf = ({ commits }: Refs, branch: string | null) => (branch === null ? commits.get('HEAD') : undefined)

async function list(git: Git, argv: readonly string[]): Promise<Refs> {
  const lines = (await runGit(git, argv, { seconds: listSeconds })).split('\n')
  const head = lines.map((line) => /^ref: refs\/heads\/(.+)\tHEAD$/.exec(line)?.[1]).find(Boolean) ?? null
  const commits = lines.flatMap((line): [string, string][] => {
    const [commit = '', ref] = line.split('\t')
    return ref && CommitId.safeParse(commit).success ? [[ref, commit]] : []
  })
  return { head, commits: new Map(commits) }
}
