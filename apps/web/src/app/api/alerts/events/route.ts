import { followAlerts } from '@bramble/db/alerts'
import { eventStream } from '@/api/event-stream.ts'
import { access } from '@/auth/access.ts'

/** Server-sent events: `alerts`, the open ones of all clusters, as a whole at the start and after each change. */
export async function GET(request: Request) {
  const who = await access.require('viewer', request)
  if (who instanceof Response) return who
  return eventStream(request, who, async (send, signal) => {
    for await (const data of followAlerts({ signal })) await send({ event: 'alerts', data })
  })
}
