import { getRun, readLog } from '@bramble/db'
import { z } from 'zod'
import { asText } from '@/components/run/log-buffer.ts'
import { access } from '@/lib/access.ts'

const page = 1_000

/** The whole log as a text file: one line each, time, node and text between tabs. */
export async function GET(request: Request, { params }: { params: Promise<{ run: string }> }) {
  const who = await access.require('viewer', request)
  if (who instanceof Response) return who
  const id = z.uuid().safeParse((await params).run)
  const run = id.success ? await getRun(id.data) : null
  if (!run) return Response.json({ code: 'run-unknown', message: 'There is no such run.' }, { status: 404 })
  const text = new TextEncoder()
  let from = 0
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const lines = await readLog({ run: run.id, from, limit: page })
      const last = lines.at(-1)
      if (!last) return controller.close()
      from = last.seq
      controller.enqueue(text.encode(asText(lines)))
    },
  })
  return new Response(body, {
    headers: {
      'content-type': 'text/plain; charset=utf-8',
      'content-disposition': `attachment; filename="bramble-run-${run.id.slice(0, 8)}.log"`,
      'cache-control': 'no-store',
    },
  })
}
