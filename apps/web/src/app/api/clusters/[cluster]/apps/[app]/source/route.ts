import { Refusal } from '@bramble/db'
import { acceptGitHostKey, checkGitSource, getApp, newGitHook, removeGitSource, setGitSource } from '@bramble/db/apps'
import { z } from 'zod'
import { apiAnswer } from '@/api/api-answer.ts'
import { jsonBody } from '@/api/json-body.ts'
import { tooFast } from '@/api/pace.ts'
import { access } from '@/auth/access.ts'
import { readEnvironment } from '@/http/env.ts'
import { hookSecret } from '@/http/hook-signature.ts'

interface SourceContext {
  params: Promise<{ cluster: string; app: string }>
}

const largest = 32_000
const Source = z.looseObject({
  url: z.string(),
  domains: z.array(z.string().max(300)).max(100).optional(),
  database: z.boolean().optional(),
})
const Asked = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('check') }),
  z.strictObject({ kind: z.literal('accept-host-key'), fingerprint: z.string().max(100) }),
  z.strictObject({ kind: z.literal('webhook') }),
])

/** Sets the git repository of an app; one that the cluster does not have yet is added to it. */
export async function PUT(request: Request, { params }: SourceContext): Promise<Response> {
  const who = await access.require('operator', request)
  if (who instanceof Response) return who
  const refused = tooFast(who)
  if (refused) return refused
  return apiAnswer(async () => {
    const at = await params
    const asked = await jsonBody(request, Source, largest)
    if (!asked) throw new Refusal('git-source-invalid', 'The body is not { "url": "…" } in JSON.', 'See docs/api.md.')
    const { domains, database, ...source } = asked
    await setGitSource({ ...at, source, domains, database, by: who.by })
    return { source: (await getApp(at.cluster, at.app))?.source ?? null }
  })
}

/** Has the branch looked at, confirms the host key, or makes a secret for a webhook, which is in this answer alone. */
export async function POST(request: Request, { params }: SourceContext): Promise<Response> {
  const who = await access.require('operator', request)
  if (who instanceof Response) return who
  const refused = tooFast(who)
  if (refused) return refused
  return apiAnswer(async () => {
    const at = await params
    const asked = await jsonBody(request, Asked, largest)
    if (!asked)
      throw new Refusal(
        'git-source-invalid',
        'The body must be of the kind check, accept-host-key or webhook, in JSON.',
        'See docs/api.md.',
      )
    if (asked.kind === 'webhook') {
      const hook = await newGitHook({ ...at, by: who.by })
      const secret = hookSecret(readEnvironment(process.env).BETTER_AUTH_SECRET, hook)
      return { path: `/api/hooks/git/${hook.app}`, secret }
    }
    if (asked.kind === 'check') await checkGitSource({ ...at, by: who.by })
    else await acceptGitHostKey({ ...at, fingerprint: asked.fingerprint, by: who.by })
    return { source: (await getApp(at.cluster, at.app))?.source ?? null }
  })
}

/** The app is deployed by uploads again. Its deploy key and token are deleted; what serves keeps serving. */
export async function DELETE(request: Request, { params }: SourceContext): Promise<Response> {
  const who = await access.require('operator', request)
  if (who instanceof Response) return who
  const refused = tooFast(who)
  if (refused) return refused
  return apiAnswer(async () => {
    await removeGitSource({ ...(await params), by: who.by })
    return {}
  })
}
