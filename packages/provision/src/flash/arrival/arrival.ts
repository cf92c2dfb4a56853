/** What a Pi says when it boots, and how it proves that it is the one. */
import { Ipv4 } from '@bramble/cluster'
import { z } from 'zod'
import { verifySignature } from './signature.ts'

/** The call of a Pi, posted as JSON to `/arrivals`. */
export const Arrival = z.strictObject({
  /** UUID of the card's record. */
  card: z.uuid(),
  /** `booting`: it has a network. `online`: the first boot is over and sshd answers. */
  stage: z.enum(['booting', 'online']),
  /** Its own address towards the station. */
  address: Ipv4,
  /** Another number, another boot. */
  bootId: z.uuid(),
  /** Signature by the card's host key, armoured as ssh-keygen prints it. */
  signature: z.string().max(2000),
})
export type Arrival = z.infer<typeof Arrival>

const arrivalNamespace = 'bramble-arrival'

/** What the Pi signs; its script writes the same. */
export function arrivalText(arrival: Omit<Arrival, 'signature'>): string {
  return `bramble-arrival v1\n${arrival.card}\n${arrival.stage}\n${arrival.address}\n${arrival.bootId}\n`
}

/** True only when the key of this card signed exactly this. `publicLine` as in authorized_keys. Never throws. */
export function verifyArrival(arrival: Arrival, publicLine: string): boolean {
  const { signature, ...said } = arrival
  return verifySignature({ armor: signature, publicLine, namespace: arrivalNamespace, text: arrivalText(said) })
}
