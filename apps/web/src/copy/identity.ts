/** Asking for the password again before something that a stolen browser session must not do. */
export const identity = {
  title: 'Confirm it is you',
  text: 'This action needs your password. Bramble asks again after 10 minutes.',
  textWithCode: 'This action needs your password and a code. Bramble asks again after 10 minutes.',
  confirm: 'Confirm',
  cancel: 'Cancel',
  needed: 'Not done: confirm that it is you first.',
  unreachable: 'The dashboard did not answer.',
  unreachableCure: 'Check the connection, then try again.',
  unread: 'Type your password.',
} as const
