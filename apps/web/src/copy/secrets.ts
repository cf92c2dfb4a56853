/** Words for a password of the database user that somebody changed. */
export const password = {
  item: { label: 'Password of the database user…', does: 'After somebody changed it in the database.' },
  way: 'What is to hold',
  ways: {
    theirs: 'The one that somebody set: Bramble is told',
    ours: 'The one that Bramble keeps: it is set again',
  },
  title: (user: string) => `Keep the changed password of ${user}?`,
  theirs: (user: string) => [
    `Bramble keeps the password that you type in place of its own, and the site on the Pis gets it by a plan that you approve.`,
    `Nothing changes in the database. If it is not the one that ${user} has there, the plan says so.`,
  ],
  field: (user: string) => `Password that ${user} has now`,
  confirm: 'Keep it and plan',
} as const
