/**
 * Replacing every secret of a cluster. The next generation lies beside the present one under `next.`, and what is replaced
 * but still needed under `former.`, so that whoever goes on after an interruption goes on with the same ones. Without
 * those two, what is stored is at any time what the nodes should have.
 */
import type { ClusterSpec, RotationPhase } from '@bramble/cluster'
import { RotationPhase as Phase, rotationPhaseName } from '@bramble/cluster'
import { makeAuthority } from './authority.ts'
import { issueCertificates } from './certificates.ts'
import { newPassword, vrrpLength } from './password.ts'
import { makeSshKey } from './ssh-key.ts'
import type { StoredSecrets } from './stored.ts'

/** What people enter elsewhere: replaced only when they ask for it. */
export interface RotationChoice {
  /** Password of the database's user. */
  application: boolean
  /** Key with which the nodes sign in to an SFTP server. */
  sftp: boolean
}

export const rotationNames = {
  phase: rotationPhaseName,
  /** Which asking made the next generation. */
  asked: 'rotation.asked',
  application: 'rotation.application',
  /** Public SSH keys that open nothing any more, one a line. */
  revokedKeys: 'ssh.revoked',
} as const

/** Keys of earlier rotations, which a Pi that was unreachable then may still know. */
const mostRevoked = 20

const passwords = ['superuser', 'replication', 'rewind', 'restApi'] as const

export const phaseOf = (stored: StoredSecrets): RotationPhase | null =>
  Phase.nullable().parse(stored[rotationNames.phase] ?? null)

/**
 * Makes the next generation. Where one was begun it stays, whatever is asked: there is never a third. `asked`: names the
 * asking, so that it makes one generation only.
 */
export async function prepareRotation(
  spec: ClusterSpec,
  stored: StoredSecrets,
  { asked, choice, now }: { asked: string; choice: RotationChoice; now: Date },
): Promise<StoredSecrets> {
  if (phaseOf(stored) !== null || stored[rotationNames.asked] === asked) return stored
  const authority = await makeAuthority(spec.name, now)
  const login = makeSshKey(`bramble-${spec.name}`)
  const next: StoredSecrets = {
    'ca.certificate': authority.certificate,
    'ca.key': authority.key,
    ...Object.fromEntries(passwords.map((name) => [name, newPassword()])),
    vrrp: newPassword(vrrpLength),
    ...(choice.application ? { application: newPassword() } : {}),
  }
  if (choice.sftp) {
    const pair = makeSshKey(`bramble-${spec.name}-backup`)
    next['backup.ssh.private'] = pair.private
    next['backup.ssh.public'] = pair.public
  }
  return {
    ...stored,
    ...prefixed('next.', next),
    // Nobody but Bramble uses these two, so they change first.
    ...prefixed('former.', pick(stored, ['ssh.private', 'ssh.public'])),
    'ssh.private': login.private,
    'ssh.public': login.public,
    statistics: newPassword(),
    // Balancers ask for other certificates: the keys of before are to be worth nothing.
    'site.store': newPassword(),
    [rotationNames.phase]: 'trust',
    [rotationNames.asked]: asked,
    [rotationNames.application]: choice.application ? 'replaced' : 'kept',
  }
}

/** What is stored once all nodes have what the phase `done` brings. Already further: unchanged. */
export async function advanceRotation(
  spec: ClusterSpec,
  stored: StoredSecrets,
  done: RotationPhase,
  now: Date,
): Promise<StoredSecrets> {
  if (phaseOf(stored) !== done) return stored
  switch (done) {
    case 'trust': {
      const after = promoted({ ...stored, 'former.ca.certificate': stored['ca.certificate']! }, ['ca.'])
      // Of another authority: every node gets a new key, too. The site authority's own key was on none of them, and stays.
      const fresh = without(after, (name) => name.startsWith('site.issuer.'))
      await issueCertificates(spec, fresh, now, 'all')
      return { ...fresh, [rotationNames.phase]: 'identity' }
    }
    case 'identity':
      return { ...promoted(stored, ['']), [rotationNames.phase]: 'passwords' }
    case 'passwords': {
      const former = stored['former.ssh.public']
      const revoked = [...(stored[rotationNames.revokedKeys]?.split('\n') ?? []), ...(former ? [former] : [])]
      const after = without(stored, (name) => name.startsWith('former.'))
      return {
        ...after,
        [rotationNames.revokedKeys]: revoked.slice(-mostRevoked).join('\n'),
        [rotationNames.phase]: 'finish',
      }
    }
    case 'finish':
      return without(stored, (name) => name === rotationNames.phase || name === rotationNames.application)
  }
}

/** Authorities that a node accepts, PEM. Their order never changes during a rotation, so no file differs because of it. */
export function trustedOf(stored: StoredSecrets): string {
  const { 'ca.certificate': own, 'former.ca.certificate': former, 'next.ca.certificate': next } = stored
  return [former, own, next].filter((one) => one !== undefined).join('')
}

/** Takes the place of the present ones: those of the next generation whose names begin like this. */
function promoted(stored: StoredSecrets, beginnings: readonly string[]): StoredSecrets {
  const after: StoredSecrets = {}
  const taken = (name: string) => name.startsWith('next.') && beginnings.some((one) => name.startsWith(`next.${one}`))
  for (const [name, text] of Object.entries(stored)) if (!taken(name)) after[name] = text
  for (const [name, text] of Object.entries(stored)) if (taken(name)) after[name.slice('next.'.length)] = text
  return after
}

const prefixed = (prefix: string, secrets: StoredSecrets): StoredSecrets =>
  Object.fromEntries(Object.entries(secrets).map(([name, text]) => [`${prefix}${name}`, text]))

const pick = (stored: StoredSecrets, names: readonly string[]): StoredSecrets =>
  Object.fromEntries(names.flatMap((name) => (stored[name] ? [[name, stored[name]]] : [])))

const without = (stored: StoredSecrets, drop: (name: string) => boolean): StoredSecrets =>
  Object.fromEntries(Object.entries(stored).filter(([name]) => !drop(name)))
