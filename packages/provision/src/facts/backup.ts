/** What the repository of backups holds, as pgBackRest tells it. */
import { BackupRecord, BackupType, type RepositoryState } from '@bramble/cluster'
import { z } from 'zod'

/** pgBackRest on a node, as the user who may read its keys. */
export const pgbackrest = (stanza: string, ...words: string[]): string[] => [
  ...['runuser', '-u', 'postgres', '--', 'pgbackrest', `--stanza=${stanza}`],
  ...words,
]

/** Answers JSON and nothing else, whatever the settings say of its log. */
export const infoArgv = (stanza: string): string[] =>
  pgbackrest(stanza, '--log-level-console=off', '--log-level-stderr=error', 'info', '--output=json')

const Info = z.array(
  z.object({
    db: z.array(z.object({ id: z.int(), version: z.string(), 'system-id': z.number().optional() })).optional(),
    archive: z.array(z.object({ max: z.string().nullable().optional(), id: z.string() })),
    backup: z.array(
      z.object({
        label: z.string().regex(/^[0-9]{8}-[0-9]{6}F(_[0-9]{8}-[0-9]{6}[DI])?$/),
        type: BackupType,
        error: z.boolean().nullable().optional(),
        database: z.object({ id: z.int() }).optional(),
        archive: z.object({ start: z.string().nullable(), stop: z.string().nullable() }),
        info: z.object({ size: z.number(), repository: z.object({ delta: z.number().optional() }) }),
        timestamp: z.object({ start: z.number(), stop: z.number() }),
      }),
    ),
    status: z.object({ code: z.int(), message: z.string() }),
    repo: z.array(z.object({ status: z.object({ code: z.int(), message: z.string() }) })).optional(),
  }),
)

/** pgBackRest's codes that are no trouble: ok, no stanza yet, no backup yet. */
const fine = [0, 1, 2]
const noStanza = 1

/** What a repository tells beside its backups. */
export interface StanzaState extends RepositoryState {
  stanza: boolean
  /** Major version of the PostgreSQL that it takes now. */
  version: number | null
  /** Identifier of that database, as exact as a double is; null: it does not say. */
  system: number | null
}

/**
 * What is no answer at all is told as `trouble`: an error in it may hold bytes that no JSON may. Backups of another major
 * version than the one that runs are left out: it cannot read them.
 */
export function repositoryState(text: string): StanzaState {
  let parsed: z.infer<typeof Info>
  try {
    parsed = Info.parse(JSON.parse(text))
  } catch {
    const trouble = text.trim() || 'no output'
    return { stanza: true, version: null, system: null, backups: [], walNewest: null, trouble }
  }
  const [stanza] = parsed
  const iso = (seconds: number) => new Date(seconds * 1000).toISOString()
  const unwell = stanza && !fine.includes(stanza.status.code)
  const said = stanza?.repo?.find(({ status }) => !fine.includes(status.code))?.status.message
  const newest = stanza?.archive.flatMap(({ max }) => max ?? []).at(-1) ?? null
  const versions = new Map(stanza?.db?.map(({ id, version }) => [id, Number.parseInt(version, 10)]))
  const present = Math.max(...versions.keys())
  const version = versions.get(present) ?? null
  const readable = (id: number | undefined) => id === undefined || (versions.get(id) ?? version) === version
  return {
    stanza: stanza !== undefined && stanza.status.code !== noStanza,
    version,
    system: stanza?.db?.find(({ id }) => id === present)?.['system-id'] ?? null,
    backups: (stanza?.backup ?? [])
      .filter(({ database }) => readable(database?.id))
      .map((entry) =>
        BackupRecord.parse({
          label: entry.label,
          type: entry.type,
          startedAt: iso(entry.timestamp.start),
          endedAt: iso(entry.timestamp.stop),
          size: entry.info.size,
          added: entry.info.repository.delta ?? 0,
          walStart: entry.archive.start ?? '',
          walStop: entry.archive.stop ?? '',
          damaged: entry.error === true,
        }),
      ),
    walNewest: newest,
    trouble: unwell ? (said ?? stanza.status.message) : null,
  }
}
