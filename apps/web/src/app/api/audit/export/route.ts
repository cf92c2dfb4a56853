import { listAudit } from '@bramble/db/audit'
import { access } from '@/auth/access.ts'
import { type ExportFormat, exportFormats } from '@/features/audit/audit-export.ts'
import { readAuditFilter } from '@/features/audit/audit-query.ts'

const page = 1_000

/** `?format=csv` or `jsonl`, and the filter of the page: the entries, newest first, as a file that is made while it is read. */
export async function GET(request: Request): Promise<Response> {
  const who = await access.require('operator', request)
  if (who instanceof Response) return who
  const query = new URL(request.url).searchParams
  const format = query.get('format') ?? 'csv'
  if (!isFormat(format))
    return Response.json({ code: 'format-unknown', message: 'format must be csv or jsonl.' }, { status: 400 })
  const { type, head, line } = exportFormats[format]
  const filter = readAuditFilter(query)
  const text = new TextEncoder()
  let before: string | undefined
  let begun = false
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      if (!begun && head) controller.enqueue(text.encode(head))
      begun = true
      const { entries, next } = await listAudit({ ...filter, before, limit: page })
      if (entries.length > 0) controller.enqueue(text.encode(entries.map(line).join('')))
      if (next === null) controller.close()
      else before = next
    },
  })
  return new Response(body, {
    headers: {
      'content-type': type,
      'content-disposition': `attachment; filename="bramble-audit-${new Date().toISOString().slice(0, 10)}.${format}"`,
      'cache-control': 'no-store',
    },
  })
}

function isFormat(text: string): text is ExportFormat {
  return Object.hasOwn(exportFormats, text)
}
