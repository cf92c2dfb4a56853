import { Refusal } from '@bramble/db'
import { beginUpload, recordReceived } from '@bramble/db/apps'
import { z } from 'zod'
import { apiAnswer } from '@/api/api-answer.ts'
import { jsonBody } from '@/api/json-body.ts'
import { tooFast } from '@/api/pace.ts'
import { access } from '@/auth/access.ts'
import { receivedBytes, refuseFullDisk } from '@/features/apps/upload/received-files.ts'

interface UploadsContext {
  params: Promise<{ cluster: string }>
}

/** Begins an upload, or continues the one of the same content: `{ name, size, sha256?, app? }`. The content follows in pieces. */
export async function POST(request: Request, { params }: UploadsContext): Promise<Response> {
  const who = await access.require('operator', request)
  if (who instanceof Response) return who
  const refused = tooFast(who)
  if (refused) return refused
  const { cluster } = await params
  return apiAnswer(async () => {
    const upload = await jsonBody(request, z.object({ size: z.number() }).loose(), 16_000)
    if (!upload)
      throw new Refusal('upload-invalid', 'The body is not { "name": …, "size": … } in JSON.', 'See docs/api.md.')
    await refuseFullDisk(upload.size)
    const begun = await beginUpload({ cluster, upload, by: who.by })
    // Of one that is continued, a piece that was cut off is there in part, or the last one was not recorded.
    const there = begun.state === 'receiving' ? await receivedBytes(begun.id) : 0
    return Response.json(there > 0 ? await recordReceived(begun.id, there) : begun, { status: 201 })
  })
}
