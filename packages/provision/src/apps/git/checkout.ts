/** Fetches one commit of a repository and writes its files into a folder, which a release is then made of. */
import { mkdir, readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { GitCommit, GitFolder } from '@bramble/cluster'
import { Trouble } from '../../engine/types.ts'
import { sourceLimits } from '../source/entries.ts'
import type { GitAccess } from './access.ts'
import { type Git, runGit, withGit } from './git.ts'
import { isRewritten } from './history.ts'
import { branchTip } from './remote.ts'

export interface CheckoutInput {
  access: GitAccess
  /** Null: the default branch. */
  branch: string | null
  /** Of the repository; its content is the app. Null: the repository itself. */
  folder?: string | null | undefined
  /** What was deployed before, to tell whether the branch was rewritten since. */
  previous?: string | null | undefined
  /** On the disk of the releases. */
  parent: string
  signal?: AbortSignal | undefined
  limits?: { entries: number; bytes: number }
}

export interface GitCheckout {
  /** Holds the files; it is removed when the work ends. */
  path: string
  commit: GitCommit
  /** The branch no longer contains `previous`: it was force-pushed. */
  rewritten: boolean
}

const fetchSeconds = 15 * 60
/** Milliseconds between two looks at how much came. */
const watchMs = 500

/**
 * Shallow: one commit. Troubles of `branchTip`, `git-folder-missing`, `git-submodules`, `git-lfs`, `git-too-large`, `git-timeout`.
 */
export function withCheckout<T>(input: CheckoutInput, work: (checkout: GitCheckout) => Promise<T>): Promise<T> {
  const { branch, folder = null, previous = null, limits = sourceLimits } = input
  return withGit(input, async (git, place) => {
    const tip = await branchTip(git, branch)
    const repository = join(place, 'repository')
    await runGit(git, ['init', '--quiet', '--bare', '--template=', '--', repository])
    const own = { ...git, environment: { ...git.environment, GIT_DIR: repository } }
    const refspec = `+refs/heads/${tip.branch}:refs/heads/source`
    const shallow = ['fetch', '--quiet', '--depth=1', '--no-tags', '--no-recurse-submodules']
    await bounded(repository, limits.bytes, git.signal, (signal) =>
      runGit({ ...own, signal }, [...shallow, '--', git.access.url, refspec], { seconds: fetchSeconds }),
    )
    const commit = await describe(own, tip.branch)
    const path = await writeFiles(own, place, folder, limits)
    // Last: it fetches commits without their files.
    const rewritten = previous !== null && (await isRewritten(own, { previous, refspec, commit: commit.commit }))
    return work({ path, commit, rewritten })
  })
}

/** Ends the work when the folder grows past the limit. */
async function bounded<T>(
  folder: string,
  bytes: number,
  outer: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const large = new AbortController()
  const signal = outer ? AbortSignal.any([outer, large.signal]) : large.signal
  const ended = new AbortController()
  const watch = (async () => {
    while (!ended.signal.aborted) {
      if ((await sizeOf(folder)) > bytes) return large.abort(tooLarge(bytes))
      await sleep(watchMs, undefined, { signal: ended.signal }).catch(() => undefined)
    }
  })()
  try {
    return await work(signal)
  } finally {
    ended.abort()
    await watch
  }
}

async function sizeOf(folder: string): Promise<number> {
  let bytes = 0
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true }).catch(() => []))
    if (entry.isFile()) bytes += (await stat(join(entry.parentPath, entry.name)).catch(() => null))?.size ?? 0
  return bytes
}

const tooLarge = (bytes: number): Trouble =>
  new Trouble(
    'git-too-large',
    `The commit has more than ${bytes >= 1e9 ? `${bytes / 1e9} GB` : `${bytes / 1e6} MB`}.`,
    'Remove large files from the branch, such as media and build results, or deploy a folder without them.',
  )

async function describe(git: Git, branch: string): Promise<GitCommit> {
  const format = ['%H', '%an', '%cI', '%s'].join('%x00')
  const text = await runGit(git, [
    'show',
    '--no-patch',
    '--no-show-signature',
    `--format=${format}`,
    'refs/heads/source',
  ])
  const [commit = '', author = '', at = '', message = ''] = text.replace(/\n$/, '').split('\0')
  const short = (words: string, most: number) => words.replace(/\p{Cc}/gu, ' ').slice(0, most)
  const { url } = git.access
  return GitCommit.parse({ url, branch, commit, message: short(message, 300), author: short(author, 200), at })
}

/** Refuses what would be missing before anything is written. */
async function writeFiles(
  git: Git,
  place: string,
  folder: string | null,
  limits: { entries: number; bytes: number },
): Promise<string> {
  const files = join(place, 'files')
  await mkdir(files, { mode: 0o700 })
  const tree = await treeOf(git, folder)
  const entries = await listTree(git, tree, limits)
  refuseSubmodules(entries)
  await runGit(git, ['--work-tree', files, 'read-tree', tree])
  await runGit(git, ['--work-tree', files, 'checkout-index', '--all', '--force', '--quiet'], {
    ...{ seconds: fetchSeconds, cwd: files },
  })
  await refusePointers(files, entries)
  return files
}

/** A folder that is a link is none: git follows no links within a commit. */
async function treeOf(git: Git, folder: string | null): Promise<string> {
  if (folder === null) return 'refs/heads/source^{tree}'
  const parsed = GitFolder.safeParse(folder)
  const missing = new Trouble(
    'git-folder-missing',
    `The commit has no folder ${JSON.stringify(folder)}.`,
    'Check the folder; it is relative to the top of the repository, such as apps/web.',
  )
  if (!parsed.success) throw missing
  const listed = await runGit(git, ['ls-tree', '-z', 'refs/heads/source', '--', parsed.data])
  const [, mode, kind, id, path] = /^(\d+) (\w+) ([0-9a-f]+)\t([^\0]*)\0$/.exec(listed) ?? []
  if (mode !== '040000' || kind !== 'tree' || path !== parsed.data || !id) throw missing
  return id
}

interface TreeEntry {
  path: string
  size: number
  submodule: boolean
}

async function listTree(git: Git, tree: string, limits: { entries: number; bytes: number }): Promise<TreeEntry[]> {
  const text = await runGit(git, ['ls-tree', '-r', '-l', '-z', '--full-tree', tree]).catch((error) => {
    // A commit whose list is larger than what a process may print.
    if (error instanceof Trouble && error.code === 'git-failed') throw tooMany(limits.entries)
    throw error
  })
  const entries = text.split('\0').flatMap((line): TreeEntry[] => {
    const [, mode, size, path] = /^(\d+) \w+ [0-9a-f]+ +(\d+|-)\t([\s\S]*)$/.exec(line) ?? []
    return path === undefined ? [] : [{ path, size: Number(size) || 0, submodule: mode === '160000' }]
  })
  if (entries.length > limits.entries) throw tooMany(limits.entries)
  if (entries.reduce((sum, { size }) => sum + size, 0) > limits.bytes) throw tooLarge(limits.bytes)
  return entries
}

const tooMany = (entries: number): Trouble =>
  new Trouble(
    'git-too-large',
    `The commit has more than ${entries} files.`,
    'Leave out what the app does not need to run, such as caches and installed packages.',
  )

function refuseSubmodules(entries: readonly TreeEntry[]): void {
  const found = entries.filter(({ submodule }) => submodule)
  if (found.length > 0)
    throw new Trouble(
      'git-submodules',
      `Submodules are not supported, and the files of ${some(found)} would be missing.`,
      'Commit the files into the repository itself, or upload a folder that holds them.',
    )
}

/** Of a file in Git LFS the repository has a few lines only. */
async function refusePointers(files: string, entries: readonly TreeEntry[]): Promise<void> {
  const pointers: TreeEntry[] = []
  for (const entry of entries) {
    if (entry.size < 100 || entry.size > 1024) continue
    const text = await readFile(join(files, entry.path), 'latin1').catch(() => '')
    if (text.startsWith('version https://git-lfs.github.com/spec/')) pointers.push(entry)
  }
  if (pointers.length > 0)
    throw new Trouble(
      'git-lfs',
      `Git LFS is not supported, and the content of ${some(pointers)} would be missing.`,
      'Commit the files without Git LFS, keep them outside of the repository, or upload a folder that holds them.',
    )
}

function some(entries: readonly TreeEntry[]): string {
  const names = entries.slice(0, 3).map(({ path }) => path.replace(/\p{Cc}/gu, '?').slice(0, 100))
  return entries.length > 3 ? `${names.join(', ')} and ${entries.length - 3} more` : names.join(', ')
}
