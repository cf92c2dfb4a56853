/** Words for Pis that come, go and are replaced. */
export const members = {
  invalid: (why: string) => `This could not be read: ${why || 'a field is missing'}.`,
  invalidCure: 'Mend it and try again.',
  add: {
    title: 'Add a Pi…',
    does: 'A new Pi joins while the cluster serves.',
    page: 'Add a Pi',
    intro: (cluster: string) =>
      `It joins ${cluster} while that serves: its roles are proposed, you see a plan, and nothing stops for it.`,
    confirm: 'Add it and plan',
    confirmFlash: 'Add it and flash its card',
  },
  replace: {
    title: 'Replace this Pi…',
    does: 'Another Pi, or a new card, under the same name.',
    page: (name: string) => `Replace ${name}`,
    intro: (name: string) =>
      `Another Pi, or the same one with a new card, becomes ${name}: same name, same roles. The others go on serving.`,
    lost: (name: string) => `What is on the old ${name} is given up`,
    lostText:
      'Its key and its certificate are no longer accepted. The new one gets its copy of the database from the primary; etcd takes the old member out, lets the new one learn, and then gives it its vote.',
    danger: (name: string) => `${name} still answers`,
    dangerText: 'Take it out of power before the new one joins: two machines must not have one address.',
    confirm: 'Replace it and plan',
    confirmFlash: 'Replace it and flash its card',
  },
  remove: {
    title: 'Remove from the cluster…',
    does: 'It gives its roles to others and is shut out.',
    ask: (name: string) => `Remove ${name} from the cluster?`,
    consequences: (name: string) => [
      `${name} gives up its roles. Others take over what is needed, as proposed; you can move roles before you approve the plan.`,
      `A primary on it is handed over first. Its copy of the database and every key and password of the cluster are removed from its card; a repository of backups on it stays, and where it is encrypted its passphrase is not there any more.`,
      `If it is dead, the others shut it out: should it come back, it finds no way in. Nothing can be taken from its card then: if that may be in other hands, rotate the secrets afterwards.`,
    ],
    confirm: 'Remove it and plan',
  },
  reboot: { title: 'Reboot…', does: 'Its primary is handed over first.' },
  menu: (name: string) => `Operate ${name}`,
  leaving: 'on its way out',
  leavingText: (name: string) => `${name} leaves the cluster: plan and provision to carry that out.`,
  way: 'Which Pi?',
  ways: {
    adopt: 'One that runs already',
    flash: 'One whose card is still to be written',
  },
  flashText:
    'Bramble makes its key and its login when the card is written. After that it is planned from the Stack page.',
  typed: (name: string) => `Type ${name} to confirm`,
  cancel: 'Cancel',
  safety: {
    title: 'What the cluster has left',
    quorum: 'Voters at work',
    quorumNote: (needed: number) => `${needed} are needed`,
    copies: 'Copies in step',
    copiesNote: (primary: string | null) => (primary === null ? 'no primary now' : `primary ${primary}`),
    address: 'Balancers at work',
    of: (count: number, all: number) => `${count} of ${all}`,
    unknown: 'not known yet',
  },
} as const
