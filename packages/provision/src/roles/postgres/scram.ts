/** PostgreSQL's stored form of a password, so that the password itself never reaches a server's log. */
import { createHash, createHmac, pbkdf2Sync } from 'node:crypto'
import type { Secret } from '../../core/types.ts'

const iterations = 4096

/**
 * `SCRAM-SHA-256$4096:salt$stored:server`, as pg_authid keeps it. The salt follows from `owner` and the password, so
 * that the same password gives the same text and a difference is a difference.
 */
export function scramVerifier(password: Secret, owner: string): string {
  const text = password.reveal()
  const salt = createHmac('sha256', text).update(`bramble ${owner}`).digest().subarray(0, 16)
  const salted = pbkdf2Sync(text, salt, iterations, 32, 'sha256')
  const stored = createHash('sha256')
    .update(createHmac('sha256', salted).update('Client Key').digest())
    .digest('base64')
  const server = createHmac('sha256', salted).update('Server Key').digest('base64')
  return `SCRAM-SHA-256$${iterations}:${salt.toString('base64')}$${stored}:${server}`
}
