/** PostgreSQL's stored form of a password, so that the password itself never reaches a server's log. */
import { createHash, createHmac, pbkdf2Sync } from 'node:crypto'
import type { Secret } from '../../engine/types.ts'

const iterations = 4096
/** More rounds than anybody sets; a node that says so must not keep this machine busy. */
const mostIterations = 200_000

/**
 * `SCRAM-SHA-256$4096:salt$stored:server`, as pg_authid keeps it. The salt follows from `owner` and the password, so
 * that the same password gives the same text and a difference is a difference.
 */
export function scramVerifier(password: Secret, owner: string): string {
  const text = password.reveal()
  const salt = createHmac('sha256', text).update(`bramble ${owner}`).digest().subarray(0, 16)
  const { stored, server } = keysOf(text, salt, iterations)
  return `SCRAM-SHA-256$${iterations}:${salt.toString('base64')}$${stored}:${server}`
}

/** Is that the password behind a verifier, whoever made it and with whatever salt? */
export function isPasswordOf(verifier: string, password: Secret): boolean {
  const [, rounds = '', salt = '', stored] = /^SCRAM-SHA-256\$(\d{1,6}):([^$]+)\$([^:]+):/.exec(verifier) ?? []
  const count = Number(rounds)
  if (count < 1 || count > mostIterations) return false
  return keysOf(password.reveal(), Buffer.from(salt, 'base64'), count).stored === stored
}

function keysOf(text: string, salt: Buffer, rounds: number): { stored: string; server: string } {
  const salted = pbkdf2Sync(text, salt, rounds, 32, 'sha256')
  const stored = createHash('sha256')
    .update(createHmac('sha256', salted).update('Client Key').digest())
    .digest('base64')
  const server = createHmac('sha256', salted).update('Server Key').digest('base64')
  return { stored, server }
}
