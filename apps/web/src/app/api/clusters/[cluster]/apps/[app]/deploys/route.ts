import { Refusal } from '@bramble/db'
import {
  type AskedDeploy,
  requestAvailability,
  requestDeploy,
  requestGitDeploy,
  requestImageDeploy,
  requestRestart,
  requestRollback,
  requestScale,
} from '@bramble/db/apps'
import { z } from 'zod'
import { apiAnswer } from '@/api/api-answer.ts'
import { jsonBody } from '@/api/json-body.ts'
import { tooFast } from '@/api/pace.ts'
import { access } from '@/auth/access.ts'

interface DeploysContext {
  params: Promise<{ cluster: string; app: string }>
}

const Asked = z.union([
  z.strictObject({
    kind: z.literal('deploy'),
    upload: z.uuid(),
    domains: z.array(z.string()).optional(),
    database: z.boolean().optional(),
    environment: z.record(z.string(), z.string()).optional(),
    message: z.string().max(500).optional(),
  }),
  z.strictObject({ kind: z.literal('deploy'), release: z.uuid(), message: z.string().max(500).optional() }),
  z.strictObject({
    kind: z.literal('deploy'),
    source: z.enum(['git', 'image']),
    message: z.string().max(500).optional(),
  }),
  z.strictObject({ kind: z.literal('rollback'), release: z.uuid() }),
  z.strictObject({ kind: z.enum(['restart', 'stop', 'start', 'maintenance']) }),
  z.strictObject({ kind: z.literal('scale'), nodes: z.array(z.string()).max(32) }),
  z.strictObject({ kind: z.literal('scale'), count: z.int() }),
  z.strictObject({ kind: z.literal('scale'), all: z.literal(true) }),
])

const largest = 200_000
type Asked = z.infer<typeof Asked>

/** Deploys, rolls back, restarts, scales, stops or starts. It waits while another run of the cluster is in progress. */
export async function POST(request: Request, { params }: DeploysContext): Promise<Response> {
  const who = await access.require('operator', request)
  if (who instanceof Response) return who
  const refused = tooFast(who)
  if (refused) return refused
  const { cluster, app } = await params
  return apiAnswer(async () => {
    const asked = await jsonBody(request, Asked, largest)
    if (!asked) throw new Refusal('deploy-invalid', 'The body is not a deploy in JSON.', 'See docs/api.md.')
    return Response.json(await requested({ cluster, app, by: who.by }, asked), { status: 201 })
  })
}

const availabilities = { stop: 'stopped', start: 'running', maintenance: 'maintenance' } as const

function requested(at: { cluster: string; app: string; by: string }, asked: Asked): Promise<AskedDeploy> {
  switch (asked.kind) {
    case 'restart':
      return requestRestart(at)
    case 'rollback':
      return requestRollback({ ...at, release: asked.release })
    case 'scale':
      return requestScale({ ...at, places: 'all' in asked ? null : asked })
    case 'deploy': {
      const { message } = asked
      if ('source' in asked)
        return asked.source === 'git' ? requestGitDeploy({ ...at, message }) : requestImageDeploy({ ...at, message })
      return 'upload' in asked
        ? requestDeploy({
            ...{ ...at, from: { upload: asked.upload }, message },
            ...{ domains: asked.domains, database: asked.database, variables: asked.environment },
          })
        : requestDeploy({ ...at, from: { release: asked.release }, message })
    }
    default:
      return requestAvailability({ ...at, to: availabilities[asked.kind] })
  }
}
