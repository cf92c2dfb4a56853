/** Asking for the password again before something that a stolen browser session must not do. */
export const identity = {
  title: 'Confirm your identity',
  text: 'This action needs your password. Bramble asks again after 10 minutes.',
  textWithCode: 'This action needs your password and a code. Bramble asks again after 10 minutes.',
  code: 'Code',
  codeHint: 'From the app, or a backup code.',
  confirm: 'Confirm',
  cancel: 'Cancel',
  needed: 'Nothing was done. Confirm your identity first.',
  unreachable: 'The dashboard is unreachable.',
  unreachableCure: 'Check the connection, then try again.',
  unread: 'Enter your password.',
} as const
