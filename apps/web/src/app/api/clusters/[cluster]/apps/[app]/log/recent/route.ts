import { Refusal } from '@bramble/db'
import { newestOfAppLog, openAppLog } from '@bramble/db/apps'
import { z } from 'zod'
import { apiAnswer } from '@/api/api-answer.ts'
import { tooFast } from '@/api/pace.ts'
import { access } from '@/auth/access.ts'

interface RecentContext {
  params: Promise<{ cluster: string; app: string }>
}

/** Milliseconds to wait for the nodes. */
const waitMs = 15_000

const Asked = z.object({
  lines: z.coerce.number().int().min(1).max(200).default(100),
  process: z.string().max(100).optional(),
})

/** The newest lines of an app's log, of all its nodes: `?lines=` of each node, `?process=`. */
export async function GET(request: Request, { params }: RecentContext): Promise<Response> {
  const who = await access.require('operator', request)
  if (who instanceof Response) return who
  const refused = tooFast(who)
  if (refused) return refused
  const { cluster, app } = await params
  return apiAnswer(async () => {
    const asked = Asked.safeParse(Object.fromEntries(new URL(request.url).searchParams))
    if (!asked.success)
      throw new Refusal('log-invalid', 'lines must be a number from 1 to 200.', 'Write for instance ?lines=100.')
    const id = await openAppLog({ cluster, app })
    return newestOfAppLog(id, { ...asked.data, ms: waitMs, signal: request.signal })
  })
}
