/** Every secret of a cluster: generated when it is missing, none has a default. */
import type { ClusterSpec } from '@bramble/cluster'
import { type ClusterSecrets, Secret } from '../engine/types.ts'
import { issueCertificates } from './certificates.ts'
import { newPassword, vrrpLength } from './password.ts'
import { phaseOf, rotationNames, trustedOf } from './rotation.ts'
import { siteAuthorityName, siteIssuerName } from './site-authority.ts'
import { makeSshKey } from './ssh-key.ts'
import type { Renewal, StoredSecrets } from './stored.ts'

export type { StoredSecrets }

const passwords = [
  'superuser',
  'replication',
  'rewind',
  'application',
  'restApi',
  'statistics',
  'backup.passphrase',
  'site.store',
] as const

/**
 * Generates what is missing. A second call changes nothing. Certificates are renewed by `renew`: `all` (the default) when
 * less than a third of their lifetime is left or the spec says other names, `due` by their lifetime only, with the names
 * they have, and `none` never: for a run that does not put new ones onto the nodes.
 */
export async function issueSecrets(
  spec: ClusterSpec,
  stored: StoredSecrets,
  now: Date,
  { renew = 'all' }: { renew?: Renewal } = {},
): Promise<{ stored: StoredSecrets; changed: boolean }> {
  const next: StoredSecrets = { ...stored }
  for (const name of passwords) next[name] ||= newPassword()
  next.vrrp ||= newPassword(vrrpLength)

  if (!next['ssh.private'] || !next['ssh.public']) {
    const pair = makeSshKey(`bramble-${spec.name}`)
    next['ssh.private'] = pair.private
    next['ssh.public'] = pair.public
  }

  if (!next['backup.ssh.private'] || !next['backup.ssh.public']) {
    const pair = makeSshKey(`bramble-${spec.name}-backup`)
    next['backup.ssh.private'] = pair.private
    next['backup.ssh.public'] = pair.public
  }

  await issueCertificates(spec, next, now, renew)

  const names = new Set([...Object.keys(stored), ...Object.keys(next)])
  return { stored: next, changed: [...names].some((name) => stored[name] !== next[name]) }
}

/** Closed for printing; open it where a command or a file needs it. Throws when something is missing. */
export function openSecrets(stored: StoredSecrets): ClusterSecrets {
  const text = (name: string): string => {
    const value = stored[name]
    if (!value) throw new Error(`The cluster's secret "${name}" is missing: issue its secrets first`)
    return value
  }
  const secret = (name: string) => new Secret(text(name))
  const pair = (name: string) => ({ certificate: text(`${name}.certificate`), key: secret(`${name}.key`) })
  const nodesOf = (pattern: RegExp) => Object.keys(stored).flatMap((key) => pattern.exec(key)?.[1] ?? [])
  const nodes = nodesOf(/^leaf\.([^.]+)\.certificate$/)
  const issuers = nodesOf(/^site\.issuer\.([^.]+)\.certificate$/)
  const phase = phaseOf(stored)
  return {
    ca: { ...pair('ca'), trusted: trustedOf(stored) },
    leaf: Object.fromEntries(nodes.map((name) => [name, pair(`leaf.${name}`)])),
    // Opened when it is asked for, as what follows under `backup`.
    get siteAuthority() {
      return pair(siteAuthorityName)
    },
    get siteStore() {
      return secret('site.store')
    },
    siteIssuer: Object.fromEntries(issuers.map((name) => [name, pair(siteIssuerName(name))])),
    ssh: {
      publicKey: text('ssh.public'),
      privateKey: secret('ssh.private'),
      formerKey: stored['former.ssh.private'] ? secret('former.ssh.private') : null,
      revokedKeys: stored[rotationNames.revokedKeys]?.split('\n') ?? [],
    },
    rotation: phase && { phase, application: stored[rotationNames.application] === 'replaced' },
    lastRotation: stored[rotationNames.asked] ?? null,
    superuser: secret('superuser'),
    replication: secret('replication'),
    rewind: secret('rewind'),
    application: secret('application'),
    restApi: secret('restApi'),
    vrrp: secret('vrrp'),
    statistics: secret('statistics'),
    // Opened when they are asked for: a cluster of an older version has none until its secrets are issued again.
    backup: {
      get passphrase() {
        return secret('backup.passphrase')
      },
      get ssh() {
        return { publicKey: text('backup.ssh.public'), privateKey: secret('backup.ssh.private') }
      },
      s3:
        stored['backup.s3.key'] && stored['backup.s3.secret']
          ? { key: secret('backup.s3.key'), secret: secret('backup.s3.secret') }
          : null,
    },
  }
}
