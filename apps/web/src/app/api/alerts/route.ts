import { ClusterName } from '@bramble/cluster'
import { listAlerts } from '@bramble/db/alerts'
import { z } from 'zod'
import { access } from '@/auth/access.ts'

const Query = z.object({
  cluster: ClusterName.optional(),
  open: z.enum(['0', '1']).optional(),
  before: z.uuid().optional(),
})

/** `?open=1`: what is wrong now. Otherwise what is over, newest first; `before`: the `next` of the page before. */
export async function GET(request: Request) {
  const who = await access.require('viewer', request)
  if (who instanceof Response) return who
  const query = Query.safeParse(Object.fromEntries(new URL(request.url).searchParams))
  if (!query.success)
    return Response.json({ code: 'query-invalid', message: query.error.issues[0]?.message }, { status: 400 })
  const { cluster, open, before } = query.data
  const answer = await listAlerts({ cluster, open: open === '1', before })
  return Response.json(answer, { headers: { 'cache-control': 'no-store' } })
}
