import { createHmac } from 'node:crypto'
import { expect, test } from 'vitest'
import { hookSecret, hookSignature, isSignedWith } from './hook-signature.ts'

const secret = hookSecret('k'.repeat(32), { app: 'an-app', salt: 'a-salt' })
const body = Buffer.from('{"ref":"refs/heads/main"}')
const hmac = (key: string) => createHmac('sha256', key).update(body).digest('hex')
const isGood = (sent: Record<string, string>, content = body) => {
  const signature = hookSignature(new Headers(sent))
  return signature !== null && isSignedWith(secret, signature, content)
}

test('the signatures of GitHub, Gitea, Forgejo and GitLab are understood', () => {
  expect(isGood({ 'x-hub-signature-256': `sha256=${hmac(secret)}` })).toBe(true)
  expect(isGood({ 'x-gitea-signature': hmac(secret) })).toBe(true)
  expect(isGood({ 'x-forgejo-signature': hmac(secret) })).toBe(true)
  expect(isGood({ 'x-gitlab-token': secret })).toBe(true)
})

test('another secret, another body and no signature are refused', () => {
  const changed = Buffer.from('{"ref":"refs/heads/else"}')
  expect(isGood({ 'x-hub-signature-256': `sha256=${hmac('else')}` })).toBe(false)
  expect(isGood({ 'x-hub-signature-256': `sha256=${hmac(secret)}` }, changed)).toBe(false)
  expect(isGood({ 'x-hub-signature': `sha1=${hmac(secret)}` })).toBe(false)
  expect(isGood({ 'x-gitea-signature': hmac(secret).slice(1) })).toBe(false)
  expect(isGood({ 'x-gitlab-token': `${secret}x` })).toBe(false)
  expect(isGood({ 'x-gitlab-token': hmac(secret) })).toBe(false)
  expect(hookSignature(new Headers())).toBeNull()
})

test('each app and each salt has a secret of its own', () => {
  const key = 'k'.repeat(32)
  const all = [
    hookSecret(key, { app: 'a', salt: 's' }),
    hookSecret(key, { app: 'b', salt: 's' }),
    hookSecret(key, { app: 'a', salt: 't' }),
    hookSecret('l'.repeat(32), { app: 'a', salt: 's' }),
  ]
  expect(new Set(all).size).toBe(4)
})
