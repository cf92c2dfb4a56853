import { Refusal, requestAppCommand } from '@bramble/db'
import { z } from 'zod'
import { access } from '@/lib/access.ts'
import { apiAnswer } from '@/lib/api-answer.ts'
import { jsonBody } from '@/lib/json-body.ts'
import { tooFast } from '@/lib/pace.ts'

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
