import { Refusal } from '@bramble/db'
import { listClusters } from '@bramble/db/clusters'
import { followWatch } from '@bramble/db/metrics'
import { eventStream } from '@/api/event-stream.ts'
import { access } from '@/auth/access.ts'

/**
 * Server-sent events of all clusters in one stream, since a browser opens only six to one host: `watch` with
 * `{ cluster, watch }`, `beat`, `end` when there is nothing to follow. A cluster that is made later comes with the next call.
 */
export async function GET(request: Request) {
  const who = await access.require('viewer', request)
  if (who instanceof Response) return who
  const clusters = await listClusters()
  return eventStream(request, who, async (send, signal) => {
    await Promise.all(
      clusters.map(async ({ name: cluster }) => {
        try {
          for await (const watch of followWatch({ cluster, signal }))
            await send({ event: 'watch', data: { cluster, watch } })
        } catch (error) {
          // Removed between the list and the first look: the others go on.
          if (!(error instanceof Refusal)) throw error
        }
      }),
    )
  })
}
