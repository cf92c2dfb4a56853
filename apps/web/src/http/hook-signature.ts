/** How git servers sign a webhook: GitHub, Gitea and Forgejo by an HMAC of the body, GitLab with the secret itself. Pure. */
import { createHmac, timingSafeEqual } from 'node:crypto'

export interface HookSignature {
  kind: 'hmac' | 'token'
  value: string
}

/** Null: the request carries none. */
export function hookSignature(sent: Pick<Headers, 'get'>): HookSignature | null {
  const github = sent.get('x-hub-signature-256')
  if (github?.startsWith('sha256=')) return { kind: 'hmac', value: github.slice('sha256='.length) }
  const gitea = sent.get('x-gitea-signature') ?? sent.get('x-forgejo-signature')
  if (gitea) return { kind: 'hmac', value: gitea }
  const gitlab = sent.get('x-gitlab-token')
  return gitlab ? { kind: 'token', value: gitlab } : null
}

export function isSignedWith(secret: string, { kind, value }: HookSignature, body: Uint8Array): boolean {
  const expected = kind === 'token' ? secret : createHmac('sha256', secret).update(body).digest('hex')
  const [given, wanted] = [Buffer.from(value), Buffer.from(expected)]
  return given.length === wanted.length && timingSafeEqual(given, wanted)
}

/** Derived, so that it is stored nowhere: who reads the database cannot sign. */
export const hookSecret = (key: string, { app, salt }: { app: string; salt: string }): string =>
  createHmac('sha256', key).update(`git webhook ${app} ${salt}`).digest('base64url')
