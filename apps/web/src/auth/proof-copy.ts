/** What is said when somebody proves who they are, and does not. */
export const proofs = {
  throttled: (seconds: number) => `Too many attempts. Wait ${Math.ceil(seconds / 60)} min and try again.`,
  wrongPassword: 'Incorrect password.',
  wrongCode: 'Incorrect code.',
  wrongCodeCure: 'Use the code that the app shows now. If that fails too, check the clock of the phone.',
  wrongBackupCure: 'Each backup code works once. Use the next one on your list.',
  codeShape: 'The app shows six digits; a backup code has ten letters and digits.',
  spentCode: 'This code was already used.',
  spentCodeCure: 'Wait until the app shows the next one.',
  locked: 'Too many incorrect codes for this account.',
  lockedCure: 'Wait 15 minutes, or ask an administrator to reset your two-factor authentication.',
  challengeOver: 'This sign-in took too long or had too many incorrect codes.',
  challengeOverCure: 'Start again with your password.',
} as const
