/** Words for the rotation of a cluster's secrets; what it has in common with other operations is in operate.ts. */
import type { RotationPhase } from '@bramble/cluster'

export const rotation = {
  cancel: 'Cancel',
  adminOnly: 'Only an administrator can do this.',
  application: (user: string) => `Password of ${user}`,
  choices: { replace: 'Replace it', keep: 'Keep it' },
  effect: {
    replace: (user: string) => `Programs that connect as ${user} need the new password.`,
    keep: (user: string) => `Programs that connect as ${user} keep their password.`,
  },
  whereToFind:
    'Open connections go on; new ones with the old password are refused from then on. The new one is in /etc/bramble/site.json on each Pi with the site. Bramble’s own site gets it by itself.',
  keptRisk: 'Every Pi that carried the site has this password on its card: keep it only if no card was lost.',
  sftp: 'Key for the SFTP server of the backups',
  sftpChoices: {
    replace: 'Replace it: backups fail until you add the new key on the server',
    keep: 'Keep it',
  },
  open: {
    title: 'The rotation of secrets has not ended',
    phases: {
      trust: 'Phase 1 of 4: the Pis accept old and new certificates.',
      identity: 'Phase 2 of 4: certificates and keys are being replaced.',
      passwords: 'Phase 3 of 4: passwords are being replaced.',
      finish: 'Phase 4 of 4: the old certificates and the old SSH key are being withdrawn.',
    } satisfies Record<RotationPhase, string>,
    text: 'The cluster serves, but old secrets are still valid. Certificates are not renewed until it has ended.',
    button: 'Continue rotation…',
    ask: (cluster: string) => `Continue the rotation of ${cluster}?`,
    consequences: [
      'It continues where it stopped, with the new secrets that were made when it began and what was chosen then.',
      'Database sessions that are open now may end within 5 minutes and connect again; expect writes to wait for some seconds at times.',
      'All Pis must be online. If one is lost, remove it from the cluster first.',
    ],
    confirm: 'Continue rotation',
  },
  afterLoss: {
    title: (node: string) => `${node} could not be cleared: its card still has keys and passwords of the cluster.`,
    text: 'If the card may be in other hands, rotate the secrets: afterwards it opens nothing.',
    button: 'Rotate secrets…',
  },
} as const
