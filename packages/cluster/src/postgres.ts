/** Which PostgreSQL a cluster runs, and where the packages come from when the nodes' Debian has another one. */
import { z } from 'zod'
import { postgresVersions } from './postgres-versions.ts'

export const PostgresVersion = z.literal([...postgresVersions], 'must be 15, 16 or 17')
export type PostgresVersion = z.infer<typeof PostgresVersion>

/** An apt archive. The default is the PostgreSQL project's own, whose key Debian's postgresql-common brings. */
export const PackageArchive = z.strictObject({
  uri: z
    .string()
    .regex(
      /^https?:\/\/[A-Za-z0-9.-]{1,253}(:[0-9]{1,5})?(\/[A-Za-z0-9._~-]{1,64}){0,8}\/?$/,
      'must be the address of an apt archive, such as http://apt.postgresql.org/pub/repos/apt',
    )
    .default('http://apt.postgresql.org/pub/repos/apt'),
  /** Default: `<release of the node>-pgdg`. */
  suite: z
    .string()
    .regex(/^[a-z0-9][a-z0-9.-]{0,63}$/, 'must be a suite such as trixie-pgdg')
    .optional(),
  components: z
    .array(z.string().regex(/^[a-z0-9][a-z0-9.-]{0,31}$/, 'must be a component such as main'))
    .min(1)
    .max(8)
    .default(['main']),
  /** Path on the node of the key that signs it. */
  key: z
    .string()
    .regex(/^(\/[A-Za-z0-9._-]{1,64}){1,8}$/, 'must be the absolute path of a key file')
    .default('/usr/share/postgresql-common/pgdg/apt.postgresql.org.asc'),
})
export type PackageArchive = z.infer<typeof PackageArchive>

export const PostgresSpec = z.strictObject({
  /** Absent: the version that runs, and on a new cluster the one that the nodes' release has. */
  version: PostgresVersion.optional(),
  archive: PackageArchive.prefault({}),
  /** An upgrade that is not finished: the data of the version before are kept, and the cluster can go back to them. */
  wayBack: z.strictObject({ version: PostgresVersion, since: z.iso.datetime() }).optional(),
})
export type PostgresSpec = z.infer<typeof PostgresSpec>
