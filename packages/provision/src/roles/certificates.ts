/** Where the cluster's certificates lie on a node. One authority, one leaf a node; each service has its own copy of the key. */
import { haproxyUnits } from '@bramble/cluster'
import type { RoleContext } from '../core/types.ts'
import { caPath, certificatePath } from '../facts/identity.ts'
import { type FileStep, file } from '../resources/file.ts'

const readers = ['etcd.service', 'patroni.service', ...haproxyUnits, 'pgbackrest.service']

export function caFile({ secrets }: RoleContext): FileStep {
  return file({ id: 'base/ca', path: caPath, content: secrets.ca.certificate, loadedBy: readers })
}

export function certificateFile(context: RoleContext): FileStep {
  return file({
    id: 'base/certificate',
    path: certificatePath,
    content: leafOf(context).certificate,
    loadedBy: readers,
  })
}

/** The node's private key for one service's user: key files are never shared between users. */
export function keyFile(
  context: RoleContext,
  spec: { id: string; path: string; owner: string; loadedBy?: readonly string[] },
): FileStep {
  return file({ ...spec, content: leafOf(context).key, mode: 0o600 })
}

export function leafOf({ node, secrets }: RoleContext) {
  const leaf = secrets.leaf[node.name]
  if (!leaf) throw new Error(`No certificate was issued for ${node.name}: issue the cluster's secrets again`)
  return leaf
}
