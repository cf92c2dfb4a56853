/** Words of the channels that alerts are sent to. */
import type { ChannelKind, DeliveryEvent } from '@bramble/cluster'

export const kindWords: Record<ChannelKind, { label: string; text: string }> = {
  ntfy: { label: 'ntfy', text: 'A push message on your phone, without an account.' },
  email: { label: 'E-mail', text: 'Through the SMTP server of your provider.' },
  'home-assistant': { label: 'Home Assistant', text: 'Starts an automation with a webhook trigger.' },
  discord: { label: 'Discord', text: 'A message in a channel of your server.' },
  webhook: { label: 'Webhook', text: 'JSON to an address of yours, signed if you like.' },
}

export const eventWords: Record<DeliveryEvent, string> = {
  fired: 'Began',
  raised: 'Got graver',
  again: 'Came back',
  over: 'Over',
  test: 'Test',
}

export const notifications = {
  title: 'Notifications',
  text: 'Where alerts are sent. Every channel also hears when an alert that it was told of is over.',
  empty: 'Nobody is told yet',
  emptyText: 'Add a channel and press Test: the message comes from the worker, the way every alert will.',
  add: 'Add a channel',
  lookOnly: 'Administrators add and change channels.',
  on: (name: string) => `${name} is on`,
  level: (name: string) => `Least level of ${name}`,
  levels: { critical: 'Critical only', warning: 'Warnings too', info: 'Everything' },
  test: 'Test',
  testOf: (name: string) => `Send a test to ${name}`,
  testing: 'A worker is sending it …',
  tested: 'The test arrived.',
  answered: (answer: string) => `The receiver answered: ${answer}`,
  remove: 'Delete',
  removeOf: (name: string) => `Delete ${name}`,
  removeTitle: (name: string) => `Delete ${name}?`,
  removeText: 'Alerts are no longer sent there. What was sent stays with the receiver; the list below forgets it.',
  keep: 'Keep',
  removed: (name: string) => `${name} is deleted`,
  last: { sent: 'Last message arrived', failed: 'Last message failed', retrying: 'Being tried again' },
  none: 'Nothing sent yet',
  invalid: 'This channel cannot be read. Load the page again.',
  deliveries: 'Last messages',
  deliveriesText: 'What fails is tried again, ever more rarely, for a day.',
  noDeliveries: 'No message was sent yet.',
  states: { queued: 'Waits', sending: 'Being sent', sent: 'Arrived', failed: 'Failed' },
  attempts: (count: number) => (count === 1 ? '1 attempt' : `${count} attempts`),
  next: 'next',
} as const

export const channelForm = {
  title: 'Add a channel',
  kindText: 'Where shall alerts go?',
  back: 'Another kind',
  name: 'Name',
  nameHint: 'As you want to find it in the list.',
  level: 'Send',
  save: 'Save',
  saveAndTest: 'Save and test',
  added: (name: string) => `${name} is added`,
  sealed:
    'Addresses, tokens and passwords are sealed. They are never shown again; to change one, delete the channel and add it anew.',
  advanced: 'The server has a certificate of its own',
  ca: 'Certificate to trust (PEM)',
  caHint: 'Of the server, or of the authority that made it. Public certificates need nothing here.',
  ntfy: {
    server: 'Server',
    serverHint: 'The public one, or your own.',
    topic: 'Topic',
    topicHint: 'Whoever knows the topic of a public server can read it: make it long, and subscribe to it in the app.',
    token: 'Access token',
    tokenHint: 'Only if the server asks for one: tk_…',
  },
  email: {
    host: 'SMTP server',
    security: 'Encryption',
    securities: { tls: 'TLS from the start', starttls: 'STARTTLS', none: 'None' },
    noneHint: 'Password and alerts cross the network readably: for a relay on this machine or your own network.',
    port: 'Port',
    user: 'User',
    password: 'Password',
    passwordHint: 'Many providers want an app password here.',
    from: 'From',
    to: 'To',
    toHint: 'Several with commas between them.',
  },
  homeAssistant: {
    server: 'Address of Home Assistant',
    webhook: 'Webhook ID',
    webhookHint:
      'Of the automation’s webhook trigger. Home Assistant answers 200 to unknown IDs too: see that the automation ran.',
  },
  discord: {
    url: 'Webhook address',
    urlHint: 'In Discord: the channel’s settings, Integrations, Webhooks, Copy Webhook URL.',
  },
  webhook: {
    url: 'Address',
    urlHint: 'Gets a POST with JSON; redirects are not followed.',
    secret: 'Secret for the signature',
    secretHint: 'Then x-bramble-signature is the HMAC-SHA256 over time and body.',
  },
} as const
