/** Words for Pis that come, go and are replaced. */
export const members = {
  invalid: (why: string) => `Invalid input: ${why || 'a field is missing'}.`,
  invalidCure: 'Correct it and try again.',
  add: {
    title: 'Add a Pi…',
    does: 'A new Pi joins the running cluster.',
    page: 'Add a Pi',
    intro: (cluster: string) =>
      `The Pi joins ${cluster} without interrupting it. Bramble suggests roles and shows a plan first.`,
    confirm: 'Add and review plan',
    confirmFlash: 'Add and flash card',
  },
  replace: {
    title: 'Replace this Pi…',
    does: 'Another Pi, or a new card, under the same name.',
    page: (name: string) => `Replace ${name}`,
    intro: (name: string) =>
      `Another Pi, or the same one with a new card, becomes ${name}: same name, same roles. The other Pis keep serving.`,
    lost: (name: string) => `Data on the old ${name} is given up`,
    lostText:
      'Its key and certificate are no longer accepted. The new Pi is cloned from the primary. etcd removes the old member, adds the new one as a learner, and then promotes it.',
    danger: (name: string) => `${name} is still online`,
    dangerText: 'Disconnect its power before the new Pi joins: two machines must not have the same address.',
    confirm: 'Replace and review plan',
    confirmFlash: 'Replace and flash card',
  },
  remove: {
    title: 'Remove from the cluster…',
    does: 'Other Pis take over its roles, and it loses access to the cluster.',
    ask: (name: string) => `Remove ${name} from the cluster?`,
    consequences: (name: string) => [
      `${name} gives up its roles. Other Pis take over the required ones as suggested; you can move roles before you approve the plan.`,
      `If it is the primary, Bramble switches over first. Its database and every key and password of the cluster are deleted from its card. A backup repository on it stays; if that is encrypted, its passphrase is deleted from the card.`,
      `If it is offline, it loses access to the cluster, also when it returns. Nothing can be deleted from its card then: if others may have the card, rotate the secrets afterwards.`,
    ],
    confirm: 'Remove and review plan',
  },
  reboot: { title: 'Reboot…', does: 'If it is the primary, Bramble switches over first.' },
  menu: (name: string) => `Operate ${name}`,
  leaving: 'being removed',
  leavingText: (name: string) => `${name} is being removed from the cluster. Plan and provision to apply that.`,
  way: 'Which Pi?',
  ways: {
    adopt: 'Running Pi',
    flash: 'New SD card',
  },
  flashText: 'Bramble creates its key and login when it writes the card. Afterwards, plan from the Stack page.',
  typed: (name: string) => `Type ${name} to confirm`,
  cancel: 'Cancel',
  safety: {
    title: 'Remaining redundancy',
    quorum: 'etcd members online',
    quorumNote: (needed: number) => `${needed} required`,
    copies: 'Replicas in sync',
    copiesNote: (primary: string | null) => (primary === null ? 'no primary now' : `primary ${primary}`),
    address: 'Load balancers online',
    of: (count: number, all: number) => `${count} of ${all}`,
    unknown: 'not known yet',
  },
} as const
