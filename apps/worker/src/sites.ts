/** A cluster made ready for the engine: its secrets issued and opened, the ways to its nodes. */
import { type ClaimedRun, issuedSecrets, type NodeLogin, nodeLogins, storeIssuedSecrets } from '@bramble/db'
import {
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
  const { spec } = run
  const kept = await issuedSecrets(run.clusterId)
  const { stored, changed } = await issueSecrets(spec, kept, new Date())
  if (changed) await storeIssuedSecrets(run.clusterId, stored)
  const secrets = openSecrets(stored)
  const typed = await nodeLogins(run.clusterId)

  const logins = (node: string): Login[] => {
    const own: Login = { user: spec.ssh.user, privateKey: secrets.ssh.privateKey }
    const given = typed[node]
    if (!given) return [own]
    // Every refused attempt counts against this machine on the node, so the likelier one comes first.
    return run.firstContact ? [loginOf(spec.ssh.user, given), own] : [own, loginOf(spec.ssh.user, given)]
  }
  const fleet = openFleet({ spec, logins: (node) => logins(node.name), hostKey: (node) => node.hostKey })
  return { secrets, fleet, logins, redact: redactorOf(stored, Object.values(typed).flatMap(Object.values)) }
}

export function loginOf(user: string, login: NodeLogin): Login {
  return 'password' in login
    ? { user, password: new Secret(login.password) }
    : { user, privateKey: new Secret(login.privateKey) }
}
