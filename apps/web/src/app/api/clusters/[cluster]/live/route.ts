import { followWatch, readWatch } from '@bramble/db/metrics'
import { apiAnswer } from '@/api/api-answer.ts'
import { eventStream } from '@/api/event-stream.ts'
import { access } from '@/auth/access.ts'

/** Server-sent events: `watch`, all that is known of the nodes, at once and after each look; `end` when the cluster is gone. */
export async function GET(request: Request, { params }: { params: Promise<{ cluster: string }> }) {
  const who = await access.require('viewer', request)
  if (who instanceof Response) return who
  const { cluster } = await params
  return apiAnswer(async () => {
    // An unknown one is told as such before a stream begins.
    await readWatch(cluster)
    return eventStream(request, who, async (send, signal) => {
      for await (const watch of followWatch({ cluster, signal })) await send({ event: 'watch', data: watch })
    })
  })
}
