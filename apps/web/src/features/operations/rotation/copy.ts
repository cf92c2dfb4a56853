/** Texts for the rotation of a cluster's secrets; those shared with other operations are in operate.ts. */
import type { RotationPhase } from '@bramble/cluster'

export const rotation = {
  cancel: 'Cancel',
  adminOnly: 'Only an administrator can do this.',
  application: (user: string) => `Password of ${user}`,
  choices: { replace: 'Replace it', keep: 'Keep the present one' },
  effect: {
    replace: (user: string) => `Programs that connect as ${user} need the new password.`,
    keep: (user: string) => `Programs that connect as ${user} keep their password.`,
  },
  whereToFind:
    'Open connections continue; new ones with the old password are refused. The new password is in /etc/bramble/site.json on each Pi with the site. Bramble’s own site gets it automatically.',
  keptRisk: 'Every Pi that had the web role has this password on its card: keep it only if no card was lost.',
  sftp: 'Key for the SFTP server of the backups',
  sftpChoices: {
    replace: 'Replace it: backups fail until you add the new key on the server',
    keep: 'Keep the present one',
  },
  open: {
    title: 'Secret rotation is not finished',
    phases: {
      trust: 'Phase 1 of 4: the Pis accept old and new certificates.',
      identity: 'Phase 2 of 4: certificates and keys are being replaced.',
      passwords: 'Phase 3 of 4: passwords are being replaced.',
      finish: 'Phase 4 of 4: the old certificates and the old SSH key are being withdrawn.',
    } satisfies Record<RotationPhase, string>,
    text: 'The cluster works, but old secrets are still valid. Certificates are not renewed until the rotation has finished.',
    button: 'Continue rotation…',
    ask: (cluster: string) => `Continue the rotation of ${cluster}?`,
    consequences: [
      'It continues where it stopped, with the new secrets and the choices from when it started.',
      'Open database sessions may be closed within 5 minutes and have to reconnect; expect writes to pause for some seconds at times.',
      'All Pis must be online. If one is lost, remove it from the cluster first.',
    ],
    confirm: 'Continue rotation',
  },
} as const
