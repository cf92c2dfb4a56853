import { printable } from '@bramble/cluster'
import { getRun, type LogLine, readLog } from '@bramble/db/runs'
import { z } from 'zod'
import { access } from '@/auth/access.ts'
import { asJsonLines, asText } from '@/features/runs/log/log-buffer.ts'

const page = 1_000

/** It is read in a terminal: what was stored before control characters were left out goes without them now. */
const plain = (lines: readonly LogLine[]) => asText(lines.map((line) => ({ ...line, text: printable(line.text) })))

const formats = {
  text: { write: plain, type: 'text/plain; charset=utf-8', ending: 'log' },
  jsonl: { write: asJsonLines, type: 'application/x-ndjson; charset=utf-8', ending: 'jsonl' },
}

const Asked = z.object({ run: z.uuid(), format: z.enum(['text', 'jsonl']) })

/** The whole log as a file. `text`: time, node and text between tabs, a line each; `jsonl`: each line a JSON object. */
export async function GET(request: Request, { params }: { params: Promise<{ run: string; format: string }> }) {
  const who = await access.require('viewer', request)
  if (who instanceof Response) return who
  const asked = Asked.safeParse(await params)
  const run = asked.success ? await getRun(asked.data.run) : null
  if (!run || !asked.success)
    return Response.json({ code: 'run-unknown', message: 'There is no such run or form of its log.' }, { status: 404 })
  const { write, type, ending } = formats[asked.data.format]
  const bytes = new TextEncoder()
  let from = 0
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const lines = await readLog({ run: run.id, from, limit: page })
      const last = lines.at(-1)
      if (!last) return controller.close()
      from = last.seq
      controller.enqueue(bytes.encode(write(lines)))
    },
  })
  return new Response(body, {
    headers: {
      'content-type': type,
      'content-disposition': `attachment; filename="bramble-run-${run.id.slice(0, 8)}.${ending}"`,
      'cache-control': 'no-store',
    },
  })
}
