import { gitHook, queueGitCheck } from '@bramble/db/apps'
import { access } from '@/auth/access.ts'
import { senderOf } from '@/auth/strangers.ts'
import { hookLimits } from '@/features/apps/git/hook-limits.ts'
import { judgePush } from '@/features/apps/git/push.ts'
import { readEnvironment } from '@/http/env.ts'
import { hookSecret, isSignedWith } from '@/http/hook-signature.ts'

interface HookContext {
  params: Promise<{ app: string }>
}

const largest = 1_000_000
const headers = { 'cache-control': 'no-store' }

/** A git server says that something was pushed. What is deployed is what a worker then finds in the repository itself. */
export async function POST(request: Request, { params }: HookContext): Promise<Response> {
  const who = await access.require('webhook', request)
  if (who instanceof Response) return who
  const leave = hookLimits().enter(senderOf(request.headers))
  if (!leave) return answer(429, 'throttled', 'Too many webhooks from this address.', { 'retry-after': '10' })
  try {
    const body = await bounded(request)
    if (!body) return answer(413, 'hook-too-large', `The body is larger than ${largest} bytes.`)
    const { app } = await params
    const hook = await gitHook(app)
    const secret = hook && hookSecret(readEnvironment(process.env).BETTER_AUTH_SECRET, { app, salt: hook.salt })
    if (!secret || !isSignedWith(secret, who.signature, body))
      return answer(401, 'hook-refused', 'There is no such webhook, or its signature does not match.')
    const verdict = judgePush(request.headers, body, hook)
    if (verdict.state === 'accepted') await queueGitCheck(app)
    return Response.json(verdict, { status: verdict.state === 'accepted' ? 202 : 200, headers })
  } finally {
    leave()
  }
}

/** Null: it is too large. */
async function bounded(request: Request): Promise<Uint8Array | null> {
  if (Number(request.headers.get('content-length') ?? 0) > largest) return null
  const parts: Uint8Array[] = []
  let length = 0
  const reader = request.body?.getReader()
  for (let part = await reader?.read(); part && !part.done; part = await reader?.read()) {
    length += part.value.length
    if (length > largest) {
      await reader?.cancel()
      return null
    }
    parts.push(part.value)
  }
  return Buffer.concat(parts)
}

function answer(status: number, code: string, message: string, more: Record<string, string> = {}): Response {
  return Response.json({ code, message }, { status, headers: { ...headers, ...more } })
}
