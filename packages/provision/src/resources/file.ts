/** A file whose content Bramble owns. */
import { createHash } from 'node:crypto'
import { dirname } from 'node:path/posix'
import { type FileState, fileState } from '../engine/file.ts'
import { because, type Fact, type Facts, Secret, type Step, settled, type Verdict } from '../engine/types.ts'

export interface FileSpec {
  /** `role/noun`. */
  id: string
  path: string
  /** Text, or a function of facts (name them in `reads`). A Secret is never shown in a plan. */
  content: string | Secret | ((facts: Facts) => string | Secret)
  reads?: readonly Fact<unknown>[]
  /** Default 0o644. */
  mode?: number
  /** Default root:root. */
  owner?: string
  validate?: readonly string[]
  /** Units that read this file: their `service` step names it in `files`. */
  loadedBy?: readonly string[]
  /**
   * What the user runs when this file is there already and is his own: "a HAProxy". Then Bramble replaces it only after
   * he has accepted that by name.
   */
  rival?: string
  /** True: the content is confidential although it is built as a plain string. */
  confidential?: boolean
}

/** A file step also tells its wanted digest, so that a service can compare what it loaded. */
export interface FileStep extends Step {
  readonly path: string
  readonly rival?: string
  /** The file as it is; with its text unless it is confidential. */
  readonly current: Fact<FileState>
  wanted(facts: Facts): { text: string; sha256: string }
}

export function file(spec: FileSpec): FileStep {
  const mode = spec.mode ?? 0o644
  const owner = spec.owner ?? 'root:root'
  const confidential = spec.confidential ?? (spec.content instanceof Secret || (mode & 0o077) === 0)
  const state = fileState(spec.path, { content: confidential ? 'foreign' : true })
  const ownFolder = isOwnFolder(dirname(spec.path))
  const resolve = (facts: Facts) => (typeof spec.content === 'function' ? spec.content(facts) : spec.content)
  const wanted = (facts: Facts) => {
    const content = resolve(facts)
    const text = content instanceof Secret ? content.reveal() : content
    return { text, sha256: createHash('sha256').update(text).digest('hex') }
  }
  return {
    id: spec.id,
    title: `Write ${spec.path}`,
    path: spec.path,
    ...(spec.rival ? { rival: spec.rival } : {}),
    current: state,
    reads: [state, ...(spec.reads ?? [])],
    wanted,
    check(facts) {
      const now = facts.of(state)
      if (now.kind === 'absent') return because('not present yet')
      if (now.kind !== 'file') return because(`a ${now.kind} is in its place`)
      if (now.sha256 !== wanted(facts).sha256) return because('content differs')
      if (now.mode !== mode) return because(`mode is ${now.mode.toString(8)}, expected ${mode.toString(8)}`)
      if (now.owner !== owner) return because(`owner is ${now.owner}, expected ${owner}`)
      return ownFolder ? folderVerdict(spec.path, now) : settled
    },
    apply: (facts) => [
      {
        kind: 'put',
        path: spec.path,
        content: resolve(facts),
        mode,
        owner,
        ...(ownFolder ? { ownFolder } : {}),
        ...(spec.validate ? { validate: spec.validate } : {}),
        ...(spec.loadedBy ? { loadedBy: spec.loadedBy } : {}),
      },
    ],
  }
}

/** Folders that only Bramble makes. A service that cannot enter them cannot read its certificate. */
const isOwnFolder = (folder: string): boolean =>
  /^\/(etc|usr\/local\/lib)\/bramble$|^\/etc\/systemd\/.+\.d$|^\/etc\/pgbackrest\/conf\.d$/.test(folder)

function folderVerdict(path: string, { folder }: FileState): Verdict {
  if (!folder || (folder.mode === 0o755 && folder.owner === 'root:root')) return settled
  return because(`${dirname(path)} is ${folder.mode.toString(8)} ${folder.owner}, not 755 root:root`)
}
