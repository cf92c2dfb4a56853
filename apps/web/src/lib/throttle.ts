/** How often one may try to prove who one is. Counted in the database, so that a restart forgets nothing. */
import { forgetTries, takeTry } from '@bramble/db'

/** Seconds. */
const span = 600

/** What is tried: the password of an account, its second factor, or a set-up link. */
export type Proof = 'password' | 'code' | 'set-up link'

const keyOf = (proof: Proof, account: string) => `${proof} ${account.toLowerCase()}`

/** Eight in ten minutes for one account, two hundred for all of them. 0: go on, else the seconds to wait. */
export function takeCredentialTry(proof: Proof, account: string): Promise<number> {
  return takeTry([
    { key: keyOf(proof, account), limit: 8, seconds: span },
    { key: 'all', limit: 200, seconds: span },
  ])
}

export function credentialTrySucceeded(proof: Proof, account: string): Promise<void> {
  return forgetTries(keyOf(proof, account))
}

/** A token that is none: sixty in ten minutes, from everywhere together. A good token never waits for bad ones. */
export function takeTokenFailure(): Promise<number> {
  return takeTry([{ key: 'tokens', limit: 60, seconds: span }])
}

/** True once an hour for what begins like this: a program with a revoked token must not fill the audit. */
export async function isNewTokenFailure(prefix: string): Promise<boolean> {
  return (await takeTry([{ key: `token ${prefix}`, limit: 1, seconds: 3600 }])) === 0
}
