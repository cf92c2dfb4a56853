/** A new BRAMBLE_SECRET_KEY: every stored secret is encrypted again, all or none. */
import { recordAudit } from '../audit/audit.ts'
import { endConnection, prisma, transaction } from '../store/connection.ts'
import { Refusal } from '../store/refusal.ts'
import { sealAgain, sealedTables } from './seal-again.ts'
import { keyIdOf } from './sealed-box.ts'
import { keysOf, readMasterKey, unsealWith } from './sealing.ts'

/** True when the stored secrets open with this key. Refusal `secret-key-invalid`. */
export async function isSecretsKey(key: string): Promise<boolean> {
  const id = keyIdOf(keysOf(readMasterKey(key)).publicKey)
  return (await prisma().sealingKey.count({ where: { id } })) > 0
}

/**
 * Nothing else may use the database meanwhile. Returns how many secrets were encrypted again, and the places of those
 * that did not open with the old key either, which are left as they are.
 * Refusal `secret-key-wrong`, `secret-key-invalid`, `database-in-use`.
 */
export async function rotateSecretsKey(from: string, to: string): Promise<{ count: number; unreadable: string[] }> {
  // Idle connections of this process would count as somebody else's.
  await endConnection()
  const [old, next] = [readMasterKey(from), keysOf(readMasterKey(to)).publicKey]
  const result = await transaction(async (client) => {
    await client.query(`lock table sealing_key, ${sealedTables.join(', ')} in access exclusive mode`)
    const others = await client.query(
      `select from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()
         and backend_type = 'client backend'`,
    )
    if ((others.rowCount ?? 0) > 0)
      throw new Refusal(
        'database-in-use',
        `${others.rowCount} other connections are open to Bramble’s database.`,
        'Stop the dashboard and every worker, then run this again.',
      )
    const changed = await client.query('update sealing_key set id = $1, public_key = $2 where id = $3', [
      ...[keyIdOf(next), next, keyIdOf(keysOf(old).publicKey)],
    ])
    if (changed.rowCount !== 1)
      throw new Refusal(
        'secret-key-wrong',
        'The stored secrets are not encrypted with the key that was given as the old one.',
        'Give the key that Bramble runs with. If it never started in this version, start it once first.',
      )
    return sealAgain(client, {
      skip: () => false,
      open: (sealed, place) => unsealWith(old, sealed, place),
      publicKey: next,
    })
  })
  await recordAudit({ who: 'bramble', what: 'secret-key.rotate', outcome: 'done', detail: `${result.count} secrets` })
  return result
}
