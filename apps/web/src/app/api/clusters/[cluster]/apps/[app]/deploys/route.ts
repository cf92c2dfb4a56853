import { Refusal, requestDeploy, requestRestart, requestRollback } from '@bramble/db'
import { z } from 'zod'
import { access } from '@/lib/access.ts'
import { apiAnswer } from '@/lib/api-answer.ts'
import { jsonBody } from '@/lib/json-body.ts'

interface DeploysContext {
  params: Promise<{ cluster: string; app: string }>
}

const Asked = z.union([
  z.strictObject({
    kind: z.literal('deploy'),
    upload: z.uuid(),
    domains: z.array(z.string()).optional(),
    message: z.string().max(500).optional(),
  }),
  z.strictObject({ kind: z.literal('deploy'), release: z.uuid(), message: z.string().max(500).optional() }),
  z.strictObject({ kind: z.literal('rollback'), release: z.uuid() }),
  z.strictObject({ kind: z.literal('restart') }),
])

/** Deploys an upload or a kept release, rolls back, or restarts. It waits while another run of the cluster is in progress. */
export async function POST(request: Request, { params }: DeploysContext): Promise<Response> {
  const who = await access.require('operator', request)
  if (who instanceof Response) return who
  const { cluster, app } = await params
  return apiAnswer(async () => {
    const asked = await jsonBody(request, Asked, 32_000)
    if (!asked) throw new Refusal('deploy-invalid', 'The body is not a deploy in JSON.', 'See docs/api.md.')
    const at = { cluster, app, by: who.by }
    if (asked.kind === 'restart') return Response.json(await requestRestart(at), { status: 201 })
    if (asked.kind === 'rollback')
      return Response.json(await requestRollback({ ...at, release: asked.release }), { status: 201 })
    const { message } = asked
    const made =
      'upload' in asked
        ? await requestDeploy({ ...at, from: { upload: asked.upload }, domains: asked.domains, message })
        : await requestDeploy({ ...at, from: { release: asked.release }, message })
    return Response.json(made, { status: 201 })
  })
}
