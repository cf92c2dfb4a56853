import { Refusal } from '@bramble/db'
import { requestAppCommand } from '@bramble/db/apps'
import { z } from 'zod'
import { apiAnswer } from '@/api/api-answer.ts'
import { jsonBody } from '@/api/json-body.ts'
import { tooFast } from '@/api/pace.ts'
import { access } from '@/auth/access.ts'

interface CommandsContext {
  params: Promise<{ cluster: string; app: string }>
}

const Asked = z.strictObject({ command: z.string(), node: z.string().max(100).optional() })

/** Runs one command in the sandbox of the app. Its output is the log of the run; its exit code is in the run's outcome. */
export async function POST(request: Request, { params }: CommandsContext): Promise<Response> {
  const who = await access.require('operator', request)
  if (who instanceof Response) return who
  const refused = tooFast(who)
  if (refused) return refused
  return apiAnswer(async () => {
    const asked = await jsonBody(request, Asked, 32_000)
    if (!asked) throw new Refusal('command-invalid', 'The body is not { "command": "…" } in JSON.', 'See docs/api.md.')
    const run = await requestAppCommand({ ...(await params), ...asked, by: who.by })
    return Response.json({ run }, { status: 201 })
  })
}
