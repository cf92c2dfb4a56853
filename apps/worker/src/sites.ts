/** A cluster made ready for the engine: its secrets issued and opened, the ways to its nodes. */
import { buildingKinds, type ClusterSpec, type JobKind, type NodeSpec } from '@bramble/cluster'
import type { ClaimedRun } from '@bramble/db/runs'
import { issuedSecrets, issueFor, type NodeLogin, nodeLogins } from '@bramble/db/secrets'
import {
  type Claim,
  type ClusterSecrets,
  type Fleet,
  issueSecrets,
  type Login,
  openFleet,
  openSecrets,
  Secret,
  type StoredSecrets,
} from '@bramble/provision'
import { redactorOf } from './redact.ts'

export interface Site {
  /** As they were last issued or kept. */
  readonly secrets: ClusterSecrets
  fleet: Fleet
  /** In the order in which they are tried. */
  logins(node: string): readonly Login[]
  /** Stores what `change` makes of the secrets that are stored; the site has those from then on. */
  keep(change: (stored: StoredSecrets) => Promise<StoredSecrets>): Promise<StoredSecrets>
  readonly redact: (text: string) => string
}

/** The caller closes the fleet. */
export async function openSite(run: ClaimedRun): Promise<Site> {
  const { spec, firstContact } = run
  const renew = renewalOf(run.request.kind)
  const stored = await issueFor(
    run.clusterId,
    async (kept) => (await issueSecrets(spec, kept, new Date(), { renew })).stored,
  )
  const typed = await nodeLogins(run.clusterId)
  const words = Object.values(typed).flatMap(Object.values)
  const opened = (kept: StoredSecrets) => ({ secrets: openSecrets(kept), redact: redactorOf(kept, words) })
  let present = opened(stored)
  const logins = (node: string) => loginsOf({ spec, keys: keysOf(present.secrets), typed, firstContact }, node)
  return {
    get secrets() {
      return present.secrets
    },
    get redact() {
      return present.redact
    },
    async keep(change) {
      const kept = await issueFor(run.clusterId, change)
      present = opened(kept)
      return kept
    },
    fleet: fleetOf(spec, logins, { run: run.run, since: run.turn, fence: run.fence }),
    logins,
  }
}

/** During a rotation a node may know the key of before only. */
export const keysOf = ({ ssh }: Pick<ClusterSecrets, 'ssh'>): Secret[] => [
  ssh.privateKey,
  ...(ssh.formerKey ? [ssh.formerKey] : []),
]

/** New certificates are issued only by a run that brings them to the nodes, or plans that. */
function renewalOf(kind: JobKind): 'all' | 'due' | 'none' {
  if (kind === 'certificate-renewal') return 'due'
  return kind === 'plan' || buildingKinds.includes(kind) ? 'all' : 'none'
}

/** The ways to the nodes of a cluster that was built, for looking only: nothing is issued. The caller closes the fleet. */
export async function openWays({ id, spec }: { id: string; spec: ClusterSpec }): Promise<Fleet> {
  // Read for each connection: the watching goes on while the key is replaced.
  return fleetOf(spec, async (node) => {
    const kept = await issuedSecrets(id)
    const keys = ['ssh.private', 'former.ssh.private'].flatMap((name) => (kept[name] ? [new Secret(kept[name])] : []))
    return loginsOf({ spec, keys, typed: await nodeLogins(id), firstContact: false }, node)
  })
}

type Logins = (node: string) => readonly Login[] | Promise<readonly Login[]>

function fleetOf(spec: ClusterSpec, logins: Logins, claim?: Claim): Fleet {
  return openFleet({
    spec,
    logins: (node: NodeSpec) => logins(node.name),
    hostKey: (node: NodeSpec) => node.hostKey,
    ...(claim ? { claim } : {}),
  })
}

interface KnownLogins {
  spec: ClusterSpec
  /** Bramble's own, newest first. */
  keys: readonly Secret[]
  typed: Readonly<Record<string, NodeLogin>>
  firstContact: boolean
}

function loginsOf(known: KnownLogins, node: string): Login[] {
  const { user } = known.spec.ssh
  const own: Login[] = known.keys.map((privateKey) => ({ user, privateKey }))
  const typed = known.typed[node]
  const given = typed ? [loginOf(user, typed)] : []
  // Every refused attempt counts against this machine on the node, so the likelier one comes first.
  return known.firstContact ? [...given, ...own] : [...own, ...given]
}

export function loginOf(user: string, login: NodeLogin): Login {
  return 'password' in login
    ? { user, password: new Secret(login.password) }
    : { user, privateKey: new Secret(login.privateKey) }
}
