import { followLog, followRun, getRun } from '@bramble/db/runs'
import { z } from 'zod'
import { eventStream } from '@/api/event-stream.ts'
import { access } from '@/auth/access.ts'

const Run = z.uuid()
/** A sequence number: lines after it are sent. `none`: no lines, only the run's state. */
const From = z.union([z.literal('none'), z.coerce.number().int().min(0)])

/** Server-sent events of a run: `run` (its view), `log` (lines; the id is the last one's number), `beat`, `end`. */
export async function GET(request: Request, { params }: { params: Promise<{ run: string }> }) {
  const who = await access.require('viewer', request)
  if (who instanceof Response) return who
  const run = Run.safeParse((await params).run)
  if (!run.success || !(await getRun(run.data)))
    return Response.json({ code: 'run-unknown', message: 'There is no such run.' }, { status: 404 })
  const asked = new URL(request.url).searchParams.get('from') ?? '0'
  const from = From.safeParse(asked === 'none' ? asked : (request.headers.get('last-event-id') ?? asked))
  if (!from.success)
    return Response.json({ code: 'from-invalid', message: 'from must be a line number.' }, { status: 400 })

  return eventStream(request, who, async (send, signal) => {
    const state = async () => {
      for await (const view of followRun({ run: run.data, signal })) await send({ event: 'run', data: view })
    }
    const lines = async (after: number) => {
      for await (const batch of followLog({ run: run.data, from: after, signal })) {
        const last = batch.at(-1)
        if (last) await send({ event: 'log', data: batch, id: last.seq })
      }
    }
    await Promise.all([state(), from.data === 'none' ? null : lines(from.data)])
  })
}
