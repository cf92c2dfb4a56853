/** Releases that are kept: archives by their digest, and for each app what was deployed, newest first. */
import { constants } from 'node:fs'
import { copyFile, link, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { AppCommand, AppImage, AppKind, AppName, CronJob, GitCommit, ProcessName } from '@bramble/cluster'
import { z } from 'zod'
import { Trouble } from '../../engine/types.ts'

const Digest = z.string().regex(/^[0-9a-f]{64}$/)

const Kept = z.object({
  app: AppName,
  digest: Digest,
  /** SHA-256 of its environment file; the values are kept elsewhere. */
  environment: Digest,
  resolved: z.object({
    kind: AppKind,
    processes: z.record(ProcessName, AppCommand),
    release: AppCommand.nullable(),
    health: z.string(),
    timeout: z.number().nullable().default(null),
    memory: z.number().nullable().default(null),
    cron: z.array(CronJob).default([]),
    folder: z.string().nullable(),
    image: AppImage.nullable().default(null),
  }),
  bytes: z.number(),
  /** When it was deployed last. */
  at: z.iso.datetime(),
  message: z.string().nullable(),
  /** Absent: it was not made of a git repository. */
  commit: GitCommit.optional(),
  /** False: it is about to be deployed, or that failed. Nothing is rolled back to it. */
  served: z.boolean().default(true),
})
export type KeptRelease = z.infer<typeof Kept>

export interface StoreLimits {
  /** Releases of an app. */
  perApp: number
  /** Of all archives together. */
  bytes: number
}

/** Every write is a file of its own that appears whole, so that several processes can use one folder. */
export class ReleaseStore {
  readonly #folder: string
  readonly #limits: StoreLimits

  constructor(folder: string, limits: StoreLimits = { perApp: 5, bytes: 20e9 }) {
    this.#folder = folder
    this.#limits = limits
  }

  /** Where `readSource` and builds put an archive before it is added. On the same disk. */
  get incoming(): string {
    return join(this.#folder, 'incoming')
  }

  /** Keeps a release that was deployed, or is about to be. `path`: its archive; it is not needed afterwards. Trouble `releases-full`. */
  async add(release: Omit<z.input<typeof Kept>, 'bytes' | 'at'>, path: string): Promise<KeptRelease> {
    const archive = this.#archive(release.digest)
    await mkdir(join(this.#folder, 'archives'), { recursive: true, mode: 0o700 })
    const { size: bytes } = await stat(path)
    if (!(await exists(archive))) await appear(path, archive)
    const kept = Kept.parse({ ...release, bytes, at: new Date().toISOString() })
    const folder = this.#entries(release.app)
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const before = await this.#read(release.app)
    await write(join(folder, nameOf(kept)), `${JSON.stringify(kept)}\n`)
    // Another process may have found that no entry named it, and removed it.
    if (!(await exists(archive))) await appear(path, archive)
    for (const { entry, file } of before) if (isSame(entry, kept)) await rm(join(folder, file), { force: true })
    await this.#limit(kept)
    return kept
  }

  /** Newest first, with those that did not serve. */
  async list(app: string): Promise<KeptRelease[]> {
    return (await this.#read(app)).map(({ entry }) => entry)
  }

  /** Path of an archive; null: it is not kept. */
  async archiveOf(digest: string): Promise<string | null> {
    return (await exists(this.#archive(digest))) ? this.#archive(digest) : null
  }

  /** What is kept of an app on its nodes: what can be rolled back to. */
  async keep(app: string): Promise<{ releases: string[]; environments: string[] }> {
    const list = (await this.list(app)).filter(({ served }) => served)
    const unique = (all: string[]) => [...new Set(all)]
    return {
      releases: unique(list.map(({ digest }) => digest)),
      environments: unique(list.map(({ environment }) => environment)),
    }
  }

  async removeApp(app: string): Promise<void> {
    await rm(this.#entries(app), { recursive: true, force: true })
    await this.#sweep()
  }

  #archive(digest: string): string {
    return join(this.#folder, 'archives', `${Digest.parse(digest)}.tar`)
  }

  #entries(app: string): string {
    return join(this.#folder, 'apps', AppName.parse(app))
  }

  async #read(app: string): Promise<{ file: string; entry: KeptRelease }[]> {
    const folder = this.#entries(app)
    const files = (await readdir(folder).catch(() => [] as string[])).filter((name) => name.endsWith('.json'))
    const entries = await Promise.all(
      files.map(async (file) => {
        const text = await readFile(join(folder, file), 'utf8').catch(() => '')
        const entry = parsed(text)
        return entry ? [{ file, entry }] : []
      }),
    )
    return entries.flat().sort((a, b) => b.entry.at.localeCompare(a.entry.at))
  }

  async #limit(added: KeptRelease): Promise<void> {
    const all = await this.#read(added.app)
    const served = all.filter(({ entry }) => entry.served)
    const others = all.filter(({ entry }) => !entry.served && entry.at !== added.at)
    const failed = others.filter(({ entry }, at) => at >= mostFailed || olderThanADay(entry))
    for (const { file } of [...served.slice(this.#limits.perApp), ...failed])
      await rm(join(this.#entries(added.app), file), { force: true })
    await this.#sweep()
    for (;;) {
      const all = await this.#all()
      const sizes = new Map(all.map(({ entry }) => [entry.digest, entry.bytes]))
      if ([...sizes.values()].reduce((sum, bytes) => sum + bytes, 0) <= this.#limits.bytes) return
      const oldest = oldestSpare(all)
      if (!oldest)
        throw new Trouble(
          'releases-full',
          `The kept releases take more than ${Math.round(this.#limits.bytes / 1e9)} GB.`,
          'Remove apps that are no longer needed, or deploy smaller ones.',
        )
      await rm(join(this.#entries(oldest.entry.app), oldest.file), { force: true })
      await this.#sweep()
    }
  }

  async #all(): Promise<{ file: string; entry: KeptRelease }[]> {
    const apps = await readdir(join(this.#folder, 'apps')).catch(() => [] as string[])
    return (await Promise.all(apps.map((app) => this.#read(app)))).flat()
  }

  /** Archives that no entry names; one that was just written gets its entry within an hour. */
  async #sweep(): Promise<void> {
    const named = new Set((await this.#all()).map(({ entry }) => `${entry.digest}.tar`))
    const folder = join(this.#folder, 'archives')
    for (const file of await readdir(folder).catch(() => [] as string[])) {
      if (named.has(file)) continue
      const found = await stat(join(folder, file)).catch(() => null)
      if (found && Date.now() - found.mtimeMs > 3_600_000) await rm(join(folder, file), { force: true })
    }
  }
}

/**
 * First those that did not serve, but not the newest of an app: it may be about to. Two of each app that served stay: a rollback
 * needs the one before the newest.
 */
function oldestSpare(all: readonly { file: string; entry: KeptRelease }[]) {
  const newestFirst = [...all].sort((a, b) => b.entry.at.localeCompare(a.entry.at))
  const newest = new Map(newestFirst.toReversed().map(({ entry }) => [entry.app, entry.at]))
  const failed = newestFirst.filter(({ entry }) => !entry.served && entry.at !== newest.get(entry.app)).at(-1)
  if (failed) return failed
  const seen = new Map<string, number>()
  const spare = newestFirst.filter(({ entry: { app, served } }) => {
    if (!served) return false
    seen.set(app, (seen.get(app) ?? 0) + 1)
    return seen.get(app)! > 2
  })
  return spare.at(-1) ?? null
}

/** Releases of an app that did not serve, beside the one that is about to. */
const mostFailed = 2

/** Null: it was damaged, or written by another version. */
function parsed(text: string): KeptRelease | null {
  try {
    return Kept.safeParse(JSON.parse(text)).data ?? null
  } catch {
    return null
  }
}

const olderThanADay = ({ at }: KeptRelease): boolean => Date.now() - Date.parse(at) > 24 * 3_600_000

const isSame = (a: KeptRelease, b: KeptRelease): boolean =>
  a.digest === b.digest && a.environment === b.environment && a.at !== b.at

const nameOf = ({ at, digest, environment }: KeptRelease): string =>
  `${at.replaceAll(':', '')}-${digest.slice(0, 16)}-${environment.slice(0, 16)}.json`

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  )

/** A link where the disk is the same, else a copy; it has its name only when it is complete. */
async function appear(path: string, target: string): Promise<void> {
  try {
    return await link(path, target)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EEXIST') return
    if (code !== 'EXDEV' && code !== 'EPERM') throw error
  }
  const staged = `${target}.${process.pid}.new`
  await copyFile(path, staged, constants.COPYFILE_FICLONE)
  await rename(staged, target)
}

async function write(path: string, text: string): Promise<void> {
  const staged = `${path}.${process.pid}.new`
  const file = await open(staged, 'w', 0o600)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(staged, path)
}
