/** What is said when somebody proves who they are, and does not. */
export const proofs = {
  throttled: (seconds: number) => `Too many tries. Wait ${Math.ceil(seconds / 60)} min and try again.`,
  wrongPassword: 'The password is not right.',
  wrongCode: 'This code is not right.',
  wrongCodeCure: 'Take the one that the app shows now. If that is refused too, check the clock of the phone.',
  wrongBackupCure: 'Each backup code works once: take the next one of the list.',
  codeShape: 'The app shows six digits; a backup code has ten letters and digits.',
  spentCode: 'This code was used already.',
  spentCodeCure: 'Wait until the app shows the next one.',
  locked: 'There were too many wrong codes for this account.',
  lockedCure: 'Wait a quarter of an hour, or ask an administrator to reset your second factor.',
  challengeOver: 'This sign-in took too long or had too many wrong codes.',
  challengeOverCure: 'Start again with your password.',
} as const
