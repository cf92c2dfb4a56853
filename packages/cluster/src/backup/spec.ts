/** Backups of the database as the user asks for them: where they lie, when they are made, how many are kept. */
import { z } from 'zod'
import { HostKeyFingerprint, HostName, Ipv4, NodeName, UnixUser } from '../names.ts'
import { weekdays } from './weekdays.ts'

/** An absolute path of plain words: it stands in pgBackRest's file and in commands. */
export const RepositoryPath = z
  .string()
  .max(200)
  .regex(
    /^(\/[A-Za-z0-9_][A-Za-z0-9_.-]*){2,}$/,
    'must be an absolute path of letters, digits, dots, dashes and underscores, at least two folders deep',
  )

/** `node`: a folder on one Pi, which the others reach over TLS. `sftp`, `s3`: every copy reaches it by itself. */
export const BackupRepository = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('node'),
    node: NodeName,
    path: RepositoryPath.default('/var/lib/pgbackrest'),
    /** True: a disk must be mounted at the path or above it; without it nothing is written to the card instead. */
    mounted: z.boolean().default(false),
  }),
  z.strictObject({
    kind: z.literal('sftp'),
    host: z.union([Ipv4, HostName]),
    port: z.int().min(1).max(65535).default(22),
    user: UnixUser,
    path: RepositoryPath,
    hostKey: HostKeyFingerprint,
  }),
  z.strictObject({
    kind: z.literal('s3'),
    /** Host name, without https://. */
    endpoint: z
      .string()
      .regex(/^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?(:[0-9]{1,5})?$/, 'must be a host name, without https://'),
    bucket: z.string().regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'must be the name of a bucket'),
    region: z
      .string()
      .regex(/^[a-z0-9-]{1,40}$/, 'must be a region such as eu-central-1')
      .default('us-east-1'),
    path: RepositoryPath.default('/bramble/backups'),
    /** `path`: https://endpoint/bucket, as MinIO and most small servers want it; `host`: https://bucket.endpoint. */
    style: z.enum(['path', 'host']).default('path'),
  }),
])
export type BackupRepository = z.infer<typeof BackupRepository>

export const Weekday = z.enum(weekdays)
export type Weekday = z.infer<typeof Weekday>

export const BackupSchedule = z.strictObject({
  /** HH:MM in the cluster's time zone. */
  time: z
    .string()
    .regex(/^([01][0-9]|2[0-3]):[0-5][0-9]$/, 'must be a time such as 03:00')
    .default('03:00'),
  /** The day of the full backup. */
  full: z.union([Weekday, z.literal('every-day')]).default('sunday'),
  /** On the other days: what changed since the full one, since the newest one, or none. */
  between: z.enum(['diff', 'incr', 'none']).default('diff'),
  /** How often a backup is restored into a throw-away instance to see that it is good. */
  drill: z.enum(['weekly', 'monthly', 'never']).default('weekly'),
})
export type BackupSchedule = z.infer<typeof BackupSchedule>

export const BackupSpec = z.strictObject({
  repository: BackupRepository,
  schedule: BackupSchedule.prefault({}),
  /** Full backups that are kept, with all that is needed to restore from them to any moment since. */
  keep: z.int().min(1).max(60).default(2),
  /** AES-256 with a passphrase that Bramble makes and keeps. */
  encrypted: z.boolean().default(true),
})
export type BackupSpec = z.infer<typeof BackupSpec>
