/** The password of the application's user, where people gave it another one: Bramble is told of it. */

import { audited } from '../audit/audit.ts'
import { storeSecret } from '../secrets/secrets.ts'
import { lockCluster } from '../store/active.ts'
import { prisma } from '../store/connection.ts'
import { Refusal } from '../store/refusal.ts'

/**
 * Kept sealed from now on in place of the one that Bramble made; the Pis get it by the next plan. Whether it is the right
 * one, a plan says. Refusal `password-invalid`, `run-active`, `cluster-unknown`.
 */
export async function keepPassword(input: { cluster: string; password: string; by: string }): Promise<void> {
  const { cluster, password, by } = input
  await audited({ who: by, what: 'secret.password', target: cluster }, async () => {
    if (!/^[\x20-\x7e]{1,256}$/.test(password))
      throw new Refusal(
        'password-invalid',
        'The password must have 1 to 256 characters, all of them letters, digits, symbols, or spaces of ASCII.',
        'Set a password of these characters for the database user, and enter it here.',
      )
    await prisma().$transaction(async (tx) => {
      const { id } = await lockCluster(tx, cluster)
      await storeSecret(tx, id, 'issued', 'application', password)
    })
  })
}
