import type { JobKind } from '@bramble/cluster'

/** Everything that is written down. A verb that is not here does not compile, nor does one without words on the page. */
export const auditVerbs = [
  'setup',
  'sign-in',
  'sign-in.password',
  'sign-out',
  'account.change',
  'password.change',
  'sessions.revoke',
  'totp.enable',
  'totp.disable',
  'totp.codes',
  'totp.reset',
  'token.create',
  'token.revoke',
  'token.use',
  'user.create',
  'user.role',
  'user.remove',
  'audit.export',
  'cluster.create',
  'cluster.update',
  'cluster.remove',
  'node.set-login',
  'node.pin-host-key',
  'arrival',
  'probe',
  'run.plan',
  'run.provision',
  'run.reprovision',
  'run.flash',
  'run.server-switch',
  'run.ended',
  'run.cancel',
  'run.retry',
  'flash.request',
  'image.add',
  'image.fetch',
  'image.pin',
  'image.unpin',
  'image.remove',
] as const satisfies readonly string[]

export type AuditVerb = (typeof auditVerbs)[number]

/** The verb of asking for a run; a new kind of job needs its verb above. */
export const askedFor = (kind: JobKind): AuditVerb => `run.${kind}`
