/** Words of the channels that alerts are sent to. */
import type { ChannelKind, DeliveryEvent } from '@bramble/cluster'

export const kindWords: Record<ChannelKind, { label: string; text: string }> = {
  ntfy: { label: 'ntfy', text: 'A push message on your phone, without an account.' },
  email: { label: 'Email', text: 'Through the SMTP server of your provider.' },
  'home-assistant': { label: 'Home Assistant', text: 'Starts an automation with a webhook trigger.' },
  discord: { label: 'Discord', text: 'A message in a channel of your server.' },
  webhook: { label: 'Webhook', text: 'JSON to a URL of yours, optionally signed.' },
  heartbeat: {
    label: 'Heartbeat',
    text: 'Tells a service such as healthchecks.io or Uptime Kuma every minute that Bramble runs.',
  },
}

export const eventWords: Record<DeliveryEvent, string> = {
  fired: 'Started',
  raised: 'Escalated',
  again: 'Recurred',
  over: 'Resolved',
  test: 'Test',
}

export const notifications = {
  title: 'Notifications',
  text: 'Where alerts are sent. A channel that got an alert also gets a message when the alert is resolved.',
  empty: 'No notifications set up',
  emptyText: 'Add a channel and press Test. The worker sends the message the same way as alerts.',
  add: 'Add channel',
  lookOnly: 'Only administrators can add and change channels.',
  on: (name: string) => `${name} is on`,
  level: (name: string) => `Minimum severity of ${name}`,
  levels: { critical: 'Critical only', warning: 'Warnings and critical', info: 'Everything' },
  test: 'Test',
  testOf: (name: string) => `Send a test to ${name}`,
  testing: 'A worker is sending it…',
  tested: 'Test message delivered.',
  answered: (answer: string) => `Response of the receiver: ${answer}`,
  remove: 'Delete',
  removeOf: (name: string) => `Delete ${name}`,
  removeTitle: (name: string) => `Delete ${name}?`,
  removeText: 'Alerts are no longer sent there. Its messages are removed from the list below.',
  keep: 'Cancel',
  removed: (name: string) => `Deleted ${name}`,
  last: { sent: 'Last message delivered', failed: 'Last message failed', retrying: 'Retrying' },
  none: 'Nothing sent yet',
  heartbeats: { sent: 'Last heartbeat answered', failed: 'Last heartbeat failed', retrying: 'Last heartbeat failed' },
  invalid: 'Invalid channel. Reload the page.',
  deliveries: 'Last messages',
  deliveriesText: 'Failed messages are retried for 24 hours with increasing delays.',
  noDeliveries: 'No messages sent yet.',
  states: { queued: 'Waiting', sending: 'Sending', sent: 'Delivered', failed: 'Failed' },
  attempts: (count: number) => (count === 1 ? '1 attempt' : `${count} attempts`),
  next: 'next',
} as const

export const channelForm = {
  title: 'Add channel',
  kindText: 'Choose where to send alerts.',
  back: 'Choose another type',
  name: 'Name',
  nameHint: 'Shown in the list.',
  level: 'Send',
  save: 'Save',
  saveAndTest: 'Save and test',
  added: (name: string) => `Added ${name}`,
  sealed:
    'Addresses, tokens, and passwords are stored encrypted and never shown again. To change one, delete the channel and add it again.',
  advanced: 'The server uses a private certificate',
  ca: 'Certificate to trust (PEM)',
  caHint: 'Of the server, or of the authority that issued it. Not needed for public certificates.',
  ntfy: {
    server: 'Server',
    serverHint: 'The public server, or your own.',
    topic: 'Topic',
    topicHint:
      'On a public server, anyone who knows the topic can read it. Choose a long one and subscribe to it in the app.',
    token: 'Access token',
    tokenHint: 'Only if the server requires one: tk_…',
  },
  email: {
    host: 'SMTP server',
    security: 'Encryption',
    securities: { tls: 'TLS from the start', starttls: 'STARTTLS', none: 'None' },
    noneHint: 'Password and alerts are sent unencrypted. Use only for a relay on this machine or your own network.',
    port: 'Port',
    user: 'User',
    password: 'Password',
    passwordHint: 'Many providers require an app password.',
    from: 'From',
    to: 'To',
    toHint: 'Separate several addresses with commas.',
  },
  homeAssistant: {
    server: 'Address of Home Assistant',
    webhook: 'Webhook ID',
    webhookHint:
      'Of the automation’s webhook trigger. Home Assistant accepts unknown IDs too, so check that the automation ran.',
  },
  discord: {
    url: 'Webhook URL',
    urlHint: 'In Discord: channel settings, Integrations, Webhooks, Copy Webhook URL.',
  },
  webhook: {
    url: 'URL',
    urlHint: 'Receives a POST with JSON. Redirects are not followed.',
    secret: 'Signing secret',
    secretHint: 'If set, the header x-bramble-signature contains the HMAC-SHA256 of time and body.',
  },
  heartbeat: {
    url: 'Ping URL',
    urlHint:
      'Requested with GET every minute while every cluster is monitored. Set the service to alert you after 5 minutes without one.',
  },
} as const
