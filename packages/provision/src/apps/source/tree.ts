/** The files of a release while they are collected: what clashes or leads out is refused. Contents are in one spool file. */
import { type FileHandle, open } from 'node:fs/promises'
import { posix } from 'node:path'
import { Trouble } from '../../engine/types.ts'
import { refused, releasePath, type SourceEntry, type SourceLimits, tooMuch } from './entries.ts'

export type ReleaseEntry =
  | { kind: 'folder' }
  /** `at`: offset in the spool file. */
  | { kind: 'file'; executable: boolean; at: number; size: number }
  | { kind: 'link'; target: string }

export class ReleaseTree {
  readonly #entries = new Map<string, ReleaseEntry>()
  /** By the name that a disk which ignores case would see. */
  readonly #folded = new Map<string, string>()
  readonly #spool: FileHandle
  readonly #limits: SourceLimits
  #bytes = 0
  #seen = 0

  private constructor(spool: FileHandle, limits: SourceLimits) {
    this.#spool = spool
    this.#limits = limits
  }

  /** `spool`: a file that does not exist yet. Call `close`; the file is the caller's to remove. */
  static async create(spool: string, limits: SourceLimits): Promise<ReleaseTree> {
    return new ReleaseTree(await open(spool, 'wx+', 0o600), limits)
  }

  close = (): Promise<void> => this.#spool.close()

  get bytes(): number {
    return this.#bytes
  }

  /** Troubles: archive-path, archive-entry, archive-clash, archive-too-large. */
  async add(entry: SourceEntry): Promise<void> {
    this.#seen += 1
    this.#checkCount(this.#seen)
    const path = releasePath(entry.path)
    if (entry.kind === 'other')
      throw refused('archive-entry', entry.path, `it is ${entry.what}`, 'Include files, folders and links only.')
    if (path === null) return
    const present = this.#entries.get(path)
    if (present?.kind === 'folder' && entry.kind === 'folder') return
    if (present) throw clash(entry.path, 'there are two entries with this name')
    this.#claim(path, entry.path)
    if (entry.kind === 'folder') this.#entries.set(path, { kind: 'folder' })
    else if (entry.kind === 'file') this.#entries.set(path, await this.#store(entry))
    else if (entry.hard) this.#entries.set(path, this.#sameFile(entry))
    else this.#entries.set(path, { kind: 'link', target: entry.target })
  }

  /** Each folder above it is one, and no other name differs in case or in its Unicode form only. */
  #claim(path: string, shown: string): void {
    const parts = path.split('/')
    for (let depth = 1; depth <= parts.length; depth++) {
      const part = parts.slice(0, depth).join('/')
      const key = part.normalize('NFC').toLowerCase()
      const other = this.#folded.get(key)
      if (other !== undefined && other !== part) throw clash(shown, `"${other}" differs only in how it is written`)
      this.#folded.set(key, part)
      if (depth === parts.length) break
      const above = this.#entries.get(part)
      if (above && above.kind !== 'folder') throw clash(shown, `"${part}" is not a folder`)
      this.#entries.set(part, { kind: 'folder' })
    }
    this.#checkCount(this.#entries.size)
  }

  #checkCount(count: number): void {
    if (count > this.#limits.entries) throw tooMuch('files, folders and links', String(this.#limits.entries))
  }

  async #store(entry: SourceEntry & { kind: 'file' }): Promise<ReleaseEntry> {
    const limit = () => tooMuch('bytes', String(this.#limits.bytes))
    if (this.#bytes + entry.size > this.#limits.bytes) throw limit()
    const at = this.#bytes
    for await (const chunk of entry.content()) {
      if (this.#bytes + chunk.length > this.#limits.bytes) throw limit()
      await this.#spool.write(chunk, 0, chunk.length, this.#bytes)
      this.#bytes += chunk.length
    }
    return { kind: 'file', executable: entry.executable, at, size: this.#bytes - at }
  }

  #sameFile(entry: SourceEntry & { kind: 'link' }): ReleaseEntry {
    const target = releasePath(entry.target)
    const file = target === null ? undefined : this.#entries.get(target)
    if (file?.kind === 'file') return file
    throw refused(
      'archive-link',
      entry.path,
      'it links to a file that is not before it in the archive',
      'Include it as a file.',
    )
  }

  /** Takes the one folder away that everything is in, as archives of a folder have it. Null: there is none. */
  #root(): string | null {
    const tops = new Set([...this.#entries.keys()].map((path) => path.split('/')[0]!))
    const [top] = tops
    return tops.size === 1 && this.#entries.get(top!)?.kind === 'folder' ? top! : null
  }

  /** All entries sorted by the bytes of their paths, and the folder that was taken away. Troubles: archive-link, archive-empty. */
  finish(unwrap: boolean): { files: ReleaseFiles; root: string | null } {
    const root = unwrap ? this.#root() : null
    const entries = new Map(
      [...this.#entries]
        .map(([path, entry]) => [root === null ? path : path.slice(root.length + 1), entry] as const)
        .filter(([path]) => path !== '')
        .sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b))),
    )
    if (![...entries.values()].some(({ kind }) => kind === 'file'))
      throw new Trouble('archive-empty', 'The upload has no files.', 'Upload the folder that holds the app.')
    for (const [path, entry] of entries) if (entry.kind === 'link') follow(entries, path)
    return { files: new ReleaseFiles(entries, this.#spool), root }
  }
}

/** The files of a release, which can be read. */
export class ReleaseFiles {
  readonly entries: ReadonlyMap<string, ReleaseEntry>
  readonly #spool: FileHandle

  constructor(entries: ReadonlyMap<string, ReleaseEntry>, spool: FileHandle) {
    this.entries = entries
    this.#spool = spool
  }

  isFile(path: string): boolean {
    return this.entries.get(path)?.kind === 'file'
  }

  isFolder(path: string): boolean {
    return this.entries.get(path)?.kind === 'folder'
  }

  /** The first `most` bytes of a file; null: there is none. */
  async bytes(path: string, most: number): Promise<Buffer | null> {
    const entry = this.entries.get(path)
    if (entry?.kind !== 'file') return null
    const parts: Buffer[] = []
    for await (const part of this.content(entry, most)) parts.push(part)
    return Buffer.concat(parts)
  }

  /** Text of a file, its first `most` bytes; null: there is none. */
  async text(path: string, most = 1_000_000): Promise<string | null> {
    return (await this.bytes(path, most))?.toString('utf8') ?? null
  }

  async *content({ at, size }: ReleaseEntry & { kind: 'file' }, most = size): AsyncGenerator<Buffer> {
    const end = at + Math.min(size, most)
    for (let from = at; from < end; ) {
      const length = Math.min(256 * 1024, end - from)
      const { bytesRead, buffer } = await this.#spool.read(Buffer.allocUnsafe(length), 0, length, from)
      if (bytesRead === 0) throw new Error('The spool file of an upload is shorter than it was')
      yield buffer.subarray(0, bytesRead)
      from += bytesRead
    }
  }
}

/** Where a link leads, followed as Linux follows it. Throws archive-link when that is outside, or in a circle. */
function follow(entries: ReadonlyMap<string, ReleaseEntry>, link: string): void {
  const refuse = (why: string) => {
    throw refused('archive-link', link, why, 'Replace the link with its target.')
  }
  let hops = 0
  const at: string[] = []
  const left = link.split('/')
  while (left.length > 0) {
    const part = left.shift()!
    if (part === '' || part === '.') continue
    if (part === '..') {
      if (at.length === 0) refuse('it is a link to a target outside of the app')
      at.pop()
      continue
    }
    const entry = entries.get([...at, part].join('/'))
    if (entry?.kind !== 'link') {
      at.push(part)
      continue
    }
    hops += 1
    if (hops > 40) refuse('it is a circular link')
    if (posix.isAbsolute(entry.target)) refuse('it is a link with an absolute target')
    if (entry.target === '' || /\0/.test(entry.target) || Buffer.byteLength(entry.target) > 1000)
      refuse('it is a link without a valid target')
    left.unshift(...entry.target.split('/'))
  }
}

const clash = (path: string, why: string) => refused('archive-clash', path, why, 'Rename one of them.')
