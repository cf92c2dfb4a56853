/** A Pi that showed the key of its card is signed in to, asked what it is, and becomes the node. */
import { setTimeout as sleep } from 'node:timers/promises'
import { adoptNode, type ExpectedCard, recordCardTrouble } from '@bramble/db/flash'
import { issuedSecrets } from '@bramble/db/secrets'
import { openSecrets, probe, Trouble } from '@bramble/provision'
import { keysOf } from './sites.ts'

/** A Pi that is still busy with its first boot refuses the login for a while. */
const attempts = 6
const pauseMs = 5_000
const limitMs = 45_000

export class Welcome {
  readonly #ending: AbortSignal
  readonly #going = new Map<string, Promise<boolean>>()

  constructor(ending: AbortSignal) {
    this.#ending = ending
  }

  /** True when it is a node now. Once at a time for a card. `patient`: the Pi said itself that it is ready. */
  meet(card: ExpectedCard, address: string, patient: boolean): Promise<boolean> {
    const going = this.#going.get(card.card)
    if (going) return going
    const met = this.#meet(card, address, patient ? attempts : 1).finally(() => this.#going.delete(card.card))
    this.#going.set(card.card, met)
    return met
  }

  async #meet(card: ExpectedCard, address: string, tries: number): Promise<boolean> {
    for (let left = tries; left > 0 && !this.#ending.aborted; left--) {
      try {
        await this.#adopt(card, address)
        return true
      } catch (error) {
        if (this.#ending.aborted) return false
        const final = error instanceof Trouble && error.code === 'host-key-changed'
        // One look in passing proves nothing: only what the Pi's own word promised, or another key, is told.
        if (final || (left === 1 && tries > 1)) await recordCardTrouble(card.card, troubleOf(error, card, address))
        if (final) return false
        if (left > 1) await sleep(pauseMs, undefined, { signal: this.#ending }).catch(() => undefined)
      }
    }
    return false
  }

  async #adopt(card: ExpectedCard, address: string): Promise<void> {
    const { user, port } = card.spec.ssh
    const secrets = openSecrets(await issuedSecrets(card.clusterId))
    const { machine } = await probe({
      address,
      port,
      logins: keysOf(secrets).map((privateKey) => ({ user, privateKey })),
      hostKey: card.fingerprint,
      signal: AbortSignal.any([AbortSignal.timeout(limitMs), this.#ending]),
    })
    const trouble = await adoptNode({ card: card.card, address, facts: machine })
    console.log(`${card.node} of ${card.cluster} is online at ${address}${trouble ? `: ${trouble.message}` : ''}`)
  }
}

function troubleOf(error: unknown, { node }: ExpectedCard, address: string) {
  if (error instanceof Trouble && error.code === 'host-key-changed') return strangerTrouble(node, address)
  if (error instanceof Trouble && error.code !== 'cancelled')
    return { code: error.code, message: error.message, cure: error.cure }
  return {
    code: 'not-adopted',
    message: `${node} shows its host key at ${address}, but does not finish its response.`,
    cure: 'Wait a minute. If this persists, restart the Pi.',
  }
}

/** At the node's address answers a machine that is not made of its card. */
export const strangerTrouble = (node: string, address: string) => ({
  code: 'host-key-changed',
  message: `At ${address}, the address of ${node}, answers a machine with another host key than the one written to its card. It was refused.`,
  cure: `Find out which machine has ${address} and give it another address, or check that ${node} has the right card.`,
})
