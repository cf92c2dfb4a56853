/** Whose backups come into a cluster: those of another one, wherever they lie now. */
import { z } from 'zod'
import { ClusterName, NodeName } from '../names.ts'
import { BackupRepository, RepositoryPath } from './spec.ts'

/** As pgBackRest calls a cluster in its repository; Bramble takes the cluster's name. */
const StanzaName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/, 'must be a name of letters, digits, dashes and underscores')

/** `cluster`: one that this Bramble knows. `repository`: given by hand; of kind `node`: a folder on a Pi of this cluster. */
export const RestoreSource = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('cluster'),
    cluster: ClusterName,
    /** Its repository lay on a Pi: where the disk or a copy of the folder is now, on a Pi of this cluster. */
    moved: z.strictObject({ node: NodeName, path: RepositoryPath }).optional(),
  }),
  z.strictObject({
    kind: z.literal('repository'),
    repository: BackupRepository,
    stanza: StanzaName,
    encrypted: z.boolean(),
    /** Under which name what is secret of it is kept sealed. */
    sealed: z.uuid().optional(),
  }),
])
export type RestoreSource = z.infer<typeof RestoreSource>

/** What people call the source: the cluster, as it is named in its repository. */
export const sourceName = (source: RestoreSource): string =>
  source.kind === 'cluster' ? source.cluster : source.stanza

/** Whether two repositories are one and the same folder or bucket. */
export function samePlace(one: BackupRepository, other: BackupRepository): boolean {
  if (one.path !== other.path) return false
  if (one.kind === 'node') return other.kind === 'node' && one.node === other.node
  if (one.kind === 'sftp') return other.kind === 'sftp' && one.host === other.host && one.port === other.port
  return other.kind === 's3' && one.endpoint === other.endpoint && one.bucket === other.bucket
}
