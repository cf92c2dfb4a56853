/** What a card is told, checked: nothing hostile gets further than here, whoever calls. */
import { pbkdf2Sync } from 'node:crypto'
import { ClusterName, ClusterSpec, FlashSettings, Ipv4, NodeName, Role, UnixUser, Wifi } from '@bramble/cluster'
import { z } from 'zod'
import { Secret, Trouble } from '../../engine/types.ts'
import type { CachedImage } from '../types.ts'

export interface CustomiseInput {
  image: CachedImage
  node: { name: string; address: string; roles: readonly string[] }
  /** The cluster's name. */
  cluster: string
  settings: FlashSettings
  timezone: string
  user: string
  /** sshd's port; default 22. */
  port?: number
  /** Public line of the key that signs in. */
  authorizedKey: string
  wifi?: { ssid: string; country: string; password: Secret }
  /** UUID of the card's record. */
  cardId: string
  /** Base URLs to call when it boots; may be empty. */
  callHome: readonly string[]
  /** Folder for a moment's copy of the boot partition. */
  workdir: string
  signal?: AbortSignal
}

const PublicLine = z
  .string()
  .max(2000)
  .regex(
    /^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521)) [A-Za-z0-9+/]{16,}={0,3}( [\x21-\x7e][\x20-\x7e]*)?$/,
    'must be one line as in authorized_keys',
  )

const CardWords = z.strictObject({
  node: z.strictObject({ name: NodeName, address: Ipv4, roles: z.array(Role).max(4) }),
  cluster: ClusterName,
  settings: FlashSettings,
  timezone: ClusterSpec.shape.timezone.unwrap(),
  user: UnixUser.refine((name) => name !== 'root', 'must not be root: choose another user, such as pi'),
  port: ClusterSpec.shape.ssh.unwrap().shape.port,
  authorizedKey: PublicLine,
  cardId: z.uuid(),
  callHome: z.array(z.url({ protocol: /^https?$/ }).max(200)).max(8),
})

/** Everything that one card is told. `wifi.psk`: the 64 hex digits that name and passphrase make. */
export type CardSettings = z.infer<typeof CardWords> & { wifi: { ssid: string; country: string; psk: Secret } | null }

/** Trouble `customise-name` or `customise-wifi`: names the field and what it must be. */
export function checkSettings(input: CustomiseInput): CardSettings {
  const { node, cluster, settings, timezone, user, port, authorizedKey, cardId, callHome } = input
  const words = CardWords.safeParse({ node, cluster, settings, timezone, user, port, authorizedKey, cardId, callHome })
  if (!words.success) throw refusal('customise-name', `The card for ${shown(node.name)}`, words.error)
  return { ...words.data, wifi: input.wifi ? checkWifi(input.wifi) : null }
}

function checkWifi(wifi: { ssid: string; country: string; password: Secret }): NonNullable<CardSettings['wifi']> {
  const words = Wifi.safeParse({ ssid: wifi.ssid, country: wifi.country, password: wifi.password.reveal() })
  if (!words.success) throw refusal('customise-wifi', 'The Wi-Fi', words.error)
  const { ssid, country, password } = words.data
  // The standard's own derivation: hex digits need no quoting anywhere, and the passphrase stays off the card.
  const psk = pbkdf2Sync(password, ssid, 4096, 32, 'sha1').toString('hex')
  return { ssid, country, psk: new Secret(psk) }
}

/** Never shows the value: it may be a password. */
function refusal(code: string, what: string, error: z.ZodError): Trouble {
  const [issue] = error.issues
  return new Trouble(
    code,
    `${what} cannot be written: ${issue?.path.join('.')} ${issue?.message}.`,
    'Correct the value, then press Flash again.',
  )
}

/** A hostile name cut to what a sentence can carry. */
const shown = (name: string) => name.replace(/[^\x20-\x7e]/g, '?').slice(0, 63)
