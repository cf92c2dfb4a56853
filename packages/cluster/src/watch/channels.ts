/** Where alerts are sent: the settings of each kind of channel, strict enough for what they reach. */
import { z } from 'zod'
import { AlertLevel } from './rule-settings.ts'

export const ChannelKind = z.enum(['ntfy', 'email', 'home-assistant', 'discord', 'webhook', 'heartbeat'])
export type ChannelKind = z.infer<typeof ChannelKind>

/** One line of text: nothing in it can begin another header or another line. */
const line = (most: number) =>
  z
    .string()
    .trim()
    .min(1, 'must not be empty')
    .max(most)
    .regex(/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]*$/u, 'must be one line without control characters')

/** Characters that an HTTP header carries as they are. */
const headerText = (most: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(most)
    .regex(/^[\x21-\x7e]+$/, 'must be letters, digits, and symbols without spaces')

const HttpAddress = z
  .string()
  .trim()
  .max(2000)
  .refine((text) => {
    const url = URL.canParse(text) ? new URL(text) : null
    return url !== null && /^https?:$/.test(url.protocol) && url.hostname !== '' && /^[\x21-\x7e]+$/.test(text)
  }, 'must be an address such as https://example.org/path')
  .refine((text) => {
    const url = URL.canParse(text) ? new URL(text) : null
    return url === null || (url.username === '' && url.password === '' && url.hash === '')
  }, 'must not contain a user, password, or # part')

/** Extra certificates to trust, as PEM: for a server at home with a certificate of its own. */
const Authority = z
  .string()
  .trim()
  .max(20_000)
  .regex(
    /^(-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----\s*)+$/,
    'must be certificates in PEM: -----BEGIN CERTIFICATE-----…',
  )
  .optional()

const MailAddress = z
  .string()
  .trim()
  .max(254)
  .regex(
    /^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/,
    'must be an address such as ada@example.org',
  )

const HostName = z
  .string()
  .trim()
  .max(253)
  .regex(/^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/, 'must be a host name or an IPv4 address')

export const ChannelConfig = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('ntfy'),
    server: HttpAddress,
    topic: z
      .string()
      .trim()
      .regex(/^[-_A-Za-z0-9]{1,64}$/, 'must be 1 to 64 letters, digits, - or _'),
    /** Access token, `tk_…`. */
    token: headerText(200).optional(),
    ca: Authority,
  }),
  z.strictObject({
    kind: z.literal('email'),
    host: HostName,
    port: z.int().min(1).max(65535),
    /** `tls` from the first byte (465), `starttls` or nothing is sent (587), `none`: for a relay on your network. */
    security: z.enum(['tls', 'starttls', 'none']),
    user: line(320).optional(),
    password: z.string().min(1).max(1024).optional(),
    from: MailAddress,
    to: z.array(MailAddress).min(1, 'must name a recipient').max(10),
    ca: Authority,
  }),
  z.strictObject({
    kind: z.literal('home-assistant'),
    server: HttpAddress,
    /** Id of the webhook trigger. */
    webhook: z
      .string()
      .trim()
      .regex(/^[A-Za-z0-9_-]{1,128}$/, 'must be the webhook ID of the trigger: letters, digits, - or _'),
    ca: Authority,
  }),
  z.strictObject({
    kind: z.literal('discord'),
    url: HttpAddress.refine(
      (text) => !URL.canParse(text) || /^\/api\/(v\d+\/)?webhooks\/\d+\/[\w-]+$/.test(new URL(text).pathname),
      'must be a webhook of Discord: https://discord.com/api/webhooks/…/…',
    ),
    ca: Authority,
  }),
  z.strictObject({
    kind: z.literal('webhook'),
    url: HttpAddress,
    /** Key of the signature. */
    secret: z.string().min(8, 'must have 8 characters or more').max(200).optional(),
    ca: Authority,
  }),
  /** Gets no alerts, but a request a minute for as long as Bramble monitors. */
  z.strictObject({ kind: z.literal('heartbeat'), url: HttpAddress, ca: Authority }),
])
export type ChannelConfig = z.infer<typeof ChannelConfig>
export type ChannelOf<K extends ChannelKind> = Extract<ChannelConfig, { kind: K }>

export const ChannelName = line(60)
/** `info`: everything is sent. */
export const LeastLevel = AlertLevel

/** Where it leads, without anything that must stay secret: topics, tokens and webhook paths are left out. */
export function channelPlace(config: ChannelConfig): string {
  switch (config.kind) {
    case 'email':
      return `${config.to.join(', ')} through ${config.host}:${config.port}`
    case 'ntfy':
    case 'home-assistant':
      return new URL(config.server).host
    default:
      return new URL(config.url).host
  }
}

/** What a channel is told of an alert. `again`: it came back within minutes. `raised`: its level rose. */
export const DeliveryEvent = z.enum(['fired', 'raised', 'again', 'over', 'test'])
export type DeliveryEvent = z.infer<typeof DeliveryEvent>

const levels = AlertLevel.options
/** Whether a level is at least as grave as another. */
export const reaches = (level: AlertLevel, least: AlertLevel): boolean => levels.indexOf(level) <= levels.indexOf(least)
