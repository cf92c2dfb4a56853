import { followFlash, getFlash } from '@bramble/db/flash'
import { z } from 'zod'
import { eventStream } from '@/api/event-stream.ts'
import { access } from '@/auth/access.ts'

const Run = z.uuid()

/** Server-sent events: `flash` (its view) at the start and after each change; `end` when every written card is online. */
export async function GET(request: Request, { params }: { params: Promise<{ run: string }> }) {
  const who = await access.require('viewer', request)
  if (who instanceof Response) return who
  const run = Run.safeParse((await params).run)
  if (!run.success || !(await getFlash(run.data)))
    return Response.json({ code: 'run-unknown', message: 'There is no such flash.' }, { status: 404 })
  return eventStream(request, who, async (send, signal) => {
    for await (const view of followFlash({ run: run.data, signal })) await send({ event: 'flash', data: view })
  })
}
