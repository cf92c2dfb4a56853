/** How often one may prove again who one is. Counted in the database, so that a restart forgets nothing. */
import { forgetTries, takeTry } from '@bramble/db/people'
import { currentSession } from './session.ts'

/** What is tried: the password of an account, or its second factor. */
export type Proof = 'password' | 'code'

/** Somebody else's tries to sign in never count for who is signed in. */
async function keyOf(proof: Proof, account: string): Promise<string> {
  const own = (await currentSession())?.account.email === account ? 'own ' : ''
  return `${own}${proof} ${account.toLowerCase()}`
}

/** Eight in ten minutes for one account. 0: go on, else the seconds to wait. Sign-ins by password have limits of their own. */
export async function takeCredentialTry(proof: Proof, account: string): Promise<number> {
  return takeTry([{ key: await keyOf(proof, account), limit: 8, seconds: 600 }])
}

export async function credentialTrySucceeded(proof: Proof, account: string): Promise<void> {
  await forgetTries(await keyOf(proof, account))
}
