import { Refusal } from '@bramble/db'
import { followAppLog, openAppLog } from '@bramble/db/apps'
import { apiAnswer } from '@/api/api-answer.ts'
import { eventStream } from '@/api/event-stream.ts'
import { access } from '@/auth/access.ts'

interface AppLogContext {
  params: Promise<{ cluster: string; app: string }>
}

/** Server-sent events of the log of an app: `log` (lines of all its nodes), `gap`, `trouble`, `beat`, `end`. */
export async function GET(request: Request, { params }: AppLogContext): Promise<Response> {
  const who = await access.require('operator', request)
  if (who instanceof Response) return who
  const { cluster, app } = await params
  return apiAnswer(async () => {
    const id = await openAppLog({ cluster, app })
    return eventStream(request, who, async (send, signal) => {
      try {
        for await (const { lines, gap, number } of followAppLog(id, signal)) {
          if (gap) await send({ event: 'gap', data: null })
          await send({ event: 'log', data: lines, id: number })
        }
      } catch (error) {
        if (!(error instanceof Refusal)) throw error
        const { code, message, cure } = error
        await send({ event: 'trouble', data: { code, message, cure } })
      }
    })
  })
}
