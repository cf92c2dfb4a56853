/** An upload becomes a release: a tar that is the same for the same content, named by its SHA-256. */
import { createHash, randomUUID } from 'node:crypto'
import { type EventEmitter, once } from 'node:events'
import { mkdir, open, rename, rm, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { type Pack, pack } from 'tar-stream'
import { Trouble } from '../../engine/types.ts'
import { archiveTrouble, fromArchive } from './archives.ts'
import { type SourceEntry, sourceLimits } from './entries.ts'
import { fromFolder } from './folder.ts'
import { type ReleaseFiles, ReleaseTree } from './tree.ts'

export { sourceLimits } from './entries.ts'
export type { ReleaseFiles } from './tree.ts'

type Sink = ReturnType<Pack['entry']>

export interface PackedRelease<T> {
  /** SHA-256 of the tar, in hex. */
  digest: string
  /** `<digest>.tar` in the folder of releases. */
  path: string
  entries: number
  /** Of all files, unpacked. */
  bytes: number
  /** The one folder of the archive that everything was in; its content is the release. */
  root: string | null
  /** What `look` returned. */
  seen: T
}

export interface ReadInput<T> {
  /** A folder, or a tar (plain, gz, xz, zst) or zip. */
  source: string
  /** Where releases are kept. It is made if need be. */
  into: string
  /** Reads the files before they are packed, such as to detect the kind of app. */
  look: (files: ReleaseFiles) => Promise<T>
  limits?: { entries: number; bytes: number }
  /** False: one folder that everything is in stays. Default true. */
  unwrap?: boolean
  signal?: AbortSignal
}

/**
 * Normalized: sorted, no owners, no times, modes 0644 and 0755 only. Nothing is left behind on failure.
 * Troubles: source-missing, archive-damaged, archive-format, archive-path, archive-entry, archive-link, archive-clash,
 * archive-empty, archive-too-large.
 */
export async function readSource<T>(input: ReadInput<T>): Promise<PackedRelease<T>> {
  const { source, into, look, limits = sourceLimits, unwrap = true, signal } = input
  const name = basename(source)
  const found = await stat(source).catch(() => null)
  if (!found?.isDirectory() && !found?.isFile())
    throw new Trouble(
      'source-missing',
      found ? `${name} is neither a folder nor a file.` : `${source} does not exist or is not readable.`,
      'Give the path of a folder, or of a tar or zip file.',
    )
  await mkdir(into, { recursive: true, mode: 0o700 })
  const staged = join(into, `.${randomUUID()}`)
  const spool = `${staged}.spool`
  const tree = await ReleaseTree.create(spool, limits)
  try {
    if (found.isDirectory()) await collect(tree, fromFolder(source), signal)
    else
      await collect(tree, fromArchive(source, name, limits), signal).catch((error) => {
        throw signal?.aborted ? error : archiveTrouble(error, name)
      })
    const { files, root } = tree.finish(unwrap)
    const seen = await look(files)
    const digest = await writeTar(files, staged, signal)
    const path = join(into, `${digest}.tar`)
    await rename(staged, path)
    return { digest, path, entries: files.entries.size, bytes: tree.bytes, root, seen }
  } finally {
    await tree.close()
    await rm(spool, { force: true })
    await rm(staged, { force: true })
  }
}

async function collect(tree: ReleaseTree, entries: AsyncIterable<SourceEntry>, signal?: AbortSignal): Promise<void> {
  for await (const entry of entries) {
    signal?.throwIfAborted()
    await tree.add(entry)
  }
}

async function writeTar(files: ReleaseFiles, path: string, signal?: AbortSignal): Promise<string> {
  const tar = pack()
  const hash = createHash('sha256')
  const file = await open(path, 'wx', 0o600)
  const filled = fill(tar, files).catch((error: Error) => tar.destroy(error))
  try {
    for await (const chunk of tar as AsyncIterable<Buffer>) {
      signal?.throwIfAborted()
      hash.update(chunk)
      await file.writeFile(chunk)
    }
    await file.sync()
  } finally {
    tar.destroy()
    await filled
    await file.close()
  }
  return hash.digest('hex')
}

async function fill(tar: Pack, files: ReleaseFiles): Promise<void> {
  for (const [name, entry] of files.entries) {
    const common = { name, mtime: new Date(0), uid: 0, gid: 0, uname: '', gname: '' }
    if (entry.kind === 'folder') await put(tar, { ...common, type: 'directory', mode: 0o755 })
    else if (entry.kind === 'link') await put(tar, { ...common, type: 'symlink', linkname: entry.target, mode: 0o777 })
    else {
      const mode = entry.executable ? 0o755 : 0o644
      await put(tar, { ...common, type: 'file', size: entry.size, mode }, files.content(entry))
    }
  }
  tar.finalize()
}

/** Adds one entry, as fast as the tar is read. */
async function put(tar: Pack, header: Parameters<Pack['entry']>[0], content?: AsyncIterable<Buffer>): Promise<void> {
  let sink: Sink | undefined
  const added = new Promise<void>((resolve, reject) => {
    const done = (error?: Error | null) => (error ? reject(error) : resolve())
    sink = content ? tar.entry(header, done) : tar.entry(header, '', done)
  })
  // It also ends when reading the content fails; that error is the one to tell.
  added.catch(() => undefined)
  for await (const chunk of content ?? []) if (!sink!.write(chunk)) await once(sink as unknown as EventEmitter, 'drain')
  if (content) sink!.end(null)
  await added
}
