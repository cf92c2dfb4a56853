/** What the repository holds, as pgBackRest tells it. */
import { z } from 'zod'
import { BackupType } from './request.ts'

export const BackupRecord = z.object({
  /** pgBackRest's own name: 20261127-030000F. */
  label: z.string(),
  type: BackupType,
  /** ISO times. */
  startedAt: z.string(),
  endedAt: z.string(),
  /** Bytes of the database. */
  size: z.number(),
  /** Bytes that this backup added to the repository. */
  added: z.number(),
  /** First and last file of the write-ahead log that it needs. */
  walStart: z.string(),
  walStop: z.string(),
  /** Pages of the database were found damaged while it was made. */
  damaged: z.boolean(),
})
export type BackupRecord = z.infer<typeof BackupRecord>

export const RepositoryState = z.object({
  /** Oldest first. */
  backups: z.array(BackupRecord),
  /** Newest file of the write-ahead log in the archive; null: none. */
  walNewest: z.string().nullable(),
  /** What pgBackRest says of the repository, unless all is well. */
  trouble: z.string().nullable(),
})
export type RepositoryState = z.infer<typeof RepositoryState>

/** What a restore drill found. */
export const RestoreDrillResult = z.object({
  /** Where it ran. */
  node: z.string(),
  label: z.string(),
  /** Seconds: copying the files back; bringing the database up to the newest state. */
  restoreSeconds: z.number(),
  recoverySeconds: z.number(),
  bytes: z.number(),
  tables: z.int(),
  /** Rows in all tables of the site's database: in the restored copy, and in the cluster at that moment. */
  rows: z.number(),
  rowsExpected: z.number(),
  /** Tables whose rows differ; empty: the copy is good. */
  different: z.array(z.string()),
})
export type RestoreDrillResult = z.infer<typeof RestoreDrillResult>
