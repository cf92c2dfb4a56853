/** A cluster made ready for the engine: its secrets issued and opened, the ways to its nodes. */
import { buildingKinds, type ClusterSpec, type JobKind, type NodeSpec } from '@bramble/cluster'
import { type ClaimedRun, issuedSecrets, issueFor, type NodeLogin, nodeLogins } from '@bramble/db'
import {
  type Claim,
  type ClusterSecrets,
  type Fleet,
  issueSecrets,
  type Login,
  openFleet,
  openSecrets,
  Secret,
} from '@bramble/provision'
import { redactorOf } from './redact.ts'

export interface Site {
  secrets: ClusterSecrets
  fleet: Fleet
  /** In the order in which they are tried. */
  logins(node: string): Login[]
  redact: (text: string) => string
}

/** The caller closes the fleet. */
export async function openSite(run: ClaimedRun): Promise<Site> {
  const { spec, firstContact } = run
  const renew = renewalOf(run.request.kind)
  const stored = await issueFor(
    run.clusterId,
    async (kept) => (await issueSecrets(spec, kept, new Date(), { renew })).stored,
  )
  const secrets = openSecrets(stored)
  const typed = await nodeLogins(run.clusterId)
  const logins = loginsOf({ spec, key: secrets.ssh.privateKey, typed, firstContact })
  return {
    secrets,
    fleet: fleetOf(spec, logins, { run: run.run, since: run.createdAt.getTime(), fence: run.fence }),
    logins,
    redact: redactorOf(stored, Object.values(typed).flatMap(Object.values)),
  }
}

/** New certificates are issued only by a run that brings them to the nodes, or plans that. */
function renewalOf(kind: JobKind): 'all' | 'due' | 'none' {
  if (kind === 'certificate-renewal') return 'due'
  return kind === 'plan' || buildingKinds.includes(kind) ? 'all' : 'none'
}

/** The ways to the nodes of a cluster that was built, for looking only: nothing is issued. The caller closes the fleet. */
export async function openWays({ id, spec }: { id: string; spec: ClusterSpec }): Promise<Fleet> {
  const kept = await issuedSecrets(id)
  const key = kept['ssh.private'] ? new Secret(kept['ssh.private']) : null
  return fleetOf(spec, loginsOf({ spec, key, typed: await nodeLogins(id), firstContact: false }))
}

function fleetOf(spec: ClusterSpec, logins: (node: string) => Login[], claim?: Claim): Fleet {
  return openFleet({
    spec,
    logins: (node: NodeSpec) => logins(node.name),
    hostKey: (node: NodeSpec) => node.hostKey,
    ...(claim ? { claim } : {}),
  })
}

function loginsOf(known: {
  spec: ClusterSpec
  key: Secret | null
  typed: Readonly<Record<string, NodeLogin>>
  firstContact: boolean
}): (node: string) => Login[] {
  const { user } = known.spec.ssh
  return (node) => {
    const own: Login[] = known.key ? [{ user, privateKey: known.key }] : []
    const typed = known.typed[node]
    const given = typed ? [loginOf(user, typed)] : []
    // Every refused attempt counts against this machine on the node, so the likelier one comes first.
    return known.firstContact ? [...given, ...own] : [...own, ...given]
  }
}

export function loginOf(user: string, login: NodeLogin): Login {
  return 'password' in login
    ? { user, password: new Secret(login.password) }
    : { user, privateKey: new Secret(login.privateKey) }
}
