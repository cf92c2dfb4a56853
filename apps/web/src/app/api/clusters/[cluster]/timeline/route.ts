import { listTimeline } from '@bramble/db/metrics'
import { apiAnswer, rangeAsked } from '@/api/api-answer.ts'
import { access } from '@/auth/access.ts'

/** `?from=&to=` in seconds since 1970: what happened or went on then, newest last; the newest when it is too much. */
export async function GET(request: Request, { params }: { params: Promise<{ cluster: string }> }) {
  const who = await access.require('viewer', request)
  if (who instanceof Response) return who
  const { cluster } = await params
  const query = new URL(request.url).searchParams
  return apiAnswer(async () => ({ events: await listTimeline({ cluster, ...rangeAsked(query) }) }))
}
