import { followImages, followStations } from '@bramble/db/flash'
import { eventStream } from '@/api/event-stream.ts'
import { access } from '@/auth/access.ts'

/** Server-sent events: `stations` (with their cards) and `images`, each as a whole at the start and after a change. */
export async function GET(request: Request) {
  const who = await access.require('viewer', request)
  if (who instanceof Response) return who
  return eventStream(request, who, async (send, signal) => {
    const stations = async () => {
      for await (const data of followStations({ signal })) await send({ event: 'stations', data })
    }
    const images = async () => {
      for await (const data of followImages({ signal })) await send({ event: 'images', data })
    }
    await Promise.all([stations(), images()])
  })
}
