/** Texts for a database password that was changed outside of Bramble. */
export const password = {
  item: { label: 'Database password…', does: 'For when the password was changed in the database.' },
  way: 'Password to use',
  ways: {
    theirs: 'The password set in the database: store it in Bramble',
    ours: 'The password stored in Bramble: set it in the database',
  },
  title: (user: string) => `Store the changed password of ${user}?`,
  theirs: (user: string) => [
    `Bramble stores this password instead of its own. The site on the Pis gets it with a plan that you approve.`,
    `The database is not changed. If the password does not match the one of ${user} in the database, the plan says so.`,
  ],
  field: (user: string) => `Current password of ${user}`,
  confirm: 'Store and review plan',
} as const
