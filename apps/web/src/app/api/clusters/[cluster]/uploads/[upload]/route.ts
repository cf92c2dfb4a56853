import { Refusal } from '@bramble/db'
import { discardUpload, getUpload, recordReceived } from '@bramble/db/apps'
import { apiAnswer } from '@/api/api-answer.ts'
import { access } from '@/auth/access.ts'
import { keepPiece, largestPiece, receivedBytes, removeReceived } from '@/features/apps/upload/received-files.ts'

interface UploadContext {
  params: Promise<{ cluster: string; upload: string }>
}

/** How far an upload has come, and what was found in it. */
export async function GET(request: Request, { params }: UploadContext): Promise<Response> {
  const who = await access.require('operator', request)
  if (who instanceof Response) return who
  return apiAnswer(async () => {
    const upload = await find(await params)
    if (upload.state !== 'receiving') return upload
    // A piece that was cut off is there in part. With all of it, the dashboard was ended before it recorded the last piece.
    const received = await receivedBytes(upload.id)
    return received < upload.size ? { ...upload, received } : recordReceived(upload.id, received)
  })
}

/** A piece of the content; the header `upload-offset` says where it begins. With the last one the check begins. */
export async function PATCH(request: Request, { params }: UploadContext): Promise<Response> {
  const who = await access.require('operator', request)
  if (who instanceof Response) return who
  return apiAnswer(async () => {
    const upload = await find(await params)
    if (upload.state !== 'receiving')
      throw new Refusal('upload-complete', 'This upload is complete.', 'Read its state with GET.')
    const offset = Number(request.headers.get('upload-offset') ?? Number.NaN)
    const announced = Number(request.headers.get('content-length') ?? Number.NaN)
    if (!Number.isSafeInteger(offset) || offset < 0 || !(announced > 0 && announced <= largestPiece))
      throw new Refusal(
        'upload-invalid',
        `A piece needs the header upload-offset and a body of 1 to ${largestPiece} bytes.`,
        'See docs/api.md.',
      )
    const bytes = new Uint8Array(await request.arrayBuffer())
    const received = await keepPiece(upload, { offset, bytes })
    return recordReceived(upload.id, received)
  })
}

/** Forgets an upload that is not wanted any more. */
export async function DELETE(request: Request, { params }: UploadContext): Promise<Response> {
  const who = await access.require('operator', request)
  if (who instanceof Response) return who
  const { cluster, upload } = await params
  return apiAnswer(async () => {
    await discardUpload({ cluster, upload, by: who.by })
    await removeReceived(upload)
    return {}
  })
}

async function find({ cluster, upload }: { cluster: string; upload: string }) {
  const found = await getUpload(cluster, upload)
  if (found) return found
  throw new Refusal('upload-unknown', 'This upload is unknown or has already ended.', 'Start another one.')
}
