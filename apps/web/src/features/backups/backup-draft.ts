/** The form's text fields to and from the spec's section. */
import type { BackupRepository, BackupSpec, Weekday } from '@bramble/cluster'

export interface BackupDraft {
  kind: BackupRepository['kind']
  node: string
  path: string
  mounted: boolean
  host: string
  port: string
  user: string
  hostKey: string
  endpoint: string
  bucket: string
  region: string
  style: 'path' | 'host'
  key: string
  secret: string
  time: string
  full: Weekday | 'every-day'
  between: 'diff' | 'incr' | 'none'
  drill: 'weekly' | 'monthly' | 'never'
  keep: string
  encrypted: boolean
}

export const proposedPaths: Record<BackupRepository['kind'], string> = {
  node: '/var/lib/pgbackrest',
  sftp: '/srv/backups/bramble',
  s3: '/bramble/backups',
}

export function draftOf(backup: BackupSpec | null, proposed: string): BackupDraft {
  const empty: BackupDraft = {
    ...{ kind: 'node', node: proposed, path: proposedPaths.node, mounted: false },
    ...{ host: '', port: '22', user: '', hostKey: '' },
    ...{ endpoint: '', bucket: '', region: 'us-east-1', style: 'path', key: '', secret: '' },
    ...{ time: '03:00', full: 'sunday', between: 'diff', drill: 'weekly', keep: '2', encrypted: true },
  }
  if (!backup) return empty
  const { repository, schedule, keep, encrypted } = backup
  const place = repository.kind === 'sftp' ? { ...repository, port: String(repository.port) } : repository
  return { ...empty, ...place, ...schedule, keep: String(keep), encrypted }
}

/** What the server checks and names field by field. */
export function sectionOf(draft: BackupDraft) {
  const { time, full, between, drill, keep, encrypted } = draft
  return {
    repository: repositoryOf(draft),
    schedule: { time, full, between, drill },
    keep: Number(keep),
    encrypted,
  }
}

const texts: Record<BackupRepository['kind'], readonly string[]> = {
  node: ['path'],
  sftp: ['host', 'port', 'user', 'path', 'hostKey'],
  s3: ['endpoint', 'bucket', 'region', 'path'],
}

/** Paths of the spec's section that have a field to say what is wrong with them. */
export const markedFields = (kind: BackupRepository['kind']): string[] => [
  ...texts[kind].map((name) => `repository.${name}`),
  'schedule.time',
  'keep',
]

export function repositoryOf({ kind, path, ...draft }: BackupDraft): Record<string, string | number | boolean> {
  if (kind === 'node') return { kind, path, node: draft.node, mounted: draft.mounted }
  if (kind === 'sftp')
    return { kind, path, host: draft.host, port: Number(draft.port), user: draft.user, hostKey: draft.hostKey.trim() }
  return { kind, path, endpoint: draft.endpoint, bucket: draft.bucket, region: draft.region, style: draft.style }
}
