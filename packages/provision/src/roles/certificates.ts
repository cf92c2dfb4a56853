/**
 * Where the cluster's certificates lie on a node. One authority, one leaf a node; each service has its own copy of the key.
 * A new certificate interrupts nothing: etcd reads its files at each handshake, the others are told to read them again.
 */
import { createHash } from 'node:crypto'
import { backupNodes, haproxyUnits } from '@bramble/cluster'
import { fileState } from '../engine/file.ts'
import { type Action, because, type Facts, type RoleContext, type Step, settled } from '../engine/types.ts'
import { caPath, certificatePath, keyPath } from '../facts/identity.ts'
import { unitState } from '../facts/unit.ts'
import { type FileStep, file } from '../resources/file.ts'
import { backupKeyPath } from './backup/pgbackrest.conf.ts'
import { postgresKeyPath } from './postgres/patroni.yml.ts'

const readers = ['etcd.service', 'patroni.service', ...haproxyUnits, 'pgbackrest.service']

export function caFile({ secrets }: RoleContext): FileStep {
  return file({ id: 'base/ca', path: caPath, content: secrets.ca.trusted, loadedBy: readers })
}

/** Who reads it has a step of its own for that, `loadCertificate`: nothing restarts because of it. */
export function certificateFile(context: RoleContext): FileStep {
  return file({ id: 'base/certificate', path: certificatePath, content: leafOf(context).certificate })
}

/** Whose private keys: key files are never shared between users. */
const keys = {
  base: { path: keyPath, owner: 'root:root' },
  etcd: { path: '/etc/bramble/etcd.key', owner: 'etcd:etcd', loadedBy: ['etcd.service'] },
  backup: { path: backupKeyPath, owner: 'postgres:postgres', loadedBy: ['pgbackrest.service'] },
  postgres: { path: postgresKeyPath, owner: 'postgres:postgres', loadedBy: ['patroni.service'] },
} as const

/** The node's private key for one service's user. */
export function keyFile(context: RoleContext, role: keyof typeof keys): FileStep {
  return file({ ...keys[role], id: `${role}/key`, content: leafOf(context).key, mode: 0o600 })
}

/**
 * Where another private key is due, certificate and keys are replaced at once: in between, no service could answer or sign
 * in. What a node was not given yet comes with its role.
 */
export function identityStep(context: RoleContext): Step {
  const { node, spec } = context
  const carried = (role: keyof typeof keys) =>
    role === 'base' || (role === 'backup' ? backupNodes(spec).includes(node) : node.roles.includes(role))
  const own = (['base', 'etcd', 'backup', 'postgres'] as const).filter(carried).map((role) => keyFile(context, role))
  const files = [...own, certificateFile(context)]
  const there = (one: FileStep, facts: Facts) => facts.of(one.current).kind === 'file'
  const differs = (one: FileStep, facts: Facts) => facts.of(one.current).sha256 !== one.wanted(facts).sha256
  return {
    id: 'base/identity',
    title: 'Replace the certificate and its private keys',
    reads: files.flatMap((one) => one.reads),
    check: (facts) =>
      own.some((one) => there(one, facts) && differs(one, facts)) ? because('a new private key is required') : settled,
    apply: (facts) => [
      {
        kind: 'put-all',
        files: files
          .filter((one) => there(one, facts) && differs(one, facts))
          .flatMap((one) => one.apply!(facts).filter((action) => action.kind === 'put')),
      },
    ],
  }
}

/**
 * Has a running service read a certificate again without a restart. Stands before the step that starts the service: one
 * that does not run yet reads it when it starts.
 */
export function loadCertificate(spec: { id: string; unit: string; certificate: FileStep; reload: Action }): Step {
  const { unit, certificate, reload } = spec
  const service = unitState(unit)
  const path = `/var/lib/bramble/certificates/${unit}`
  const loaded = fileState(path, { content: true })
  return {
    id: spec.id,
    title: `Load the certificate into ${unit}`,
    reads: [service, loaded, ...certificate.reads],
    follows: [certificate.id],
    check: (facts) =>
      facts.of(loaded).content === fingerprint(certificate.wanted(facts).text)
        ? settled
        : because('the running service has not loaded the current certificate'),
    apply: (facts) => [
      ...(facts.of(service).active === 'active' ? [reload] : []),
      { kind: 'put', path, content: fingerprint(certificate.wanted(facts).text), mode: 0o644 },
    ],
    cure: `On the Pi, "journalctl -u ${unit} -n 50" shows why it does not load the certificate.`,
  }
}

const fingerprint = (text: string): string => `${createHash('sha256').update(text).digest('hex')}\n`

function leafOf({ node, secrets }: RoleContext) {
  const leaf = secrets.leaf[node.name]
  if (!leaf) throw new Error(`No certificate was issued for ${node.name}: issue the secrets of the cluster again`)
  return leaf
}
