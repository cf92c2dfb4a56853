import path from 'node:path'
import { stationUpload } from '@bramble/db/flash'
import { sendFile } from '@/api/send-file.ts'
import { stationLimits } from '@/api/station-limits.ts'
import { access } from '@/auth/access.ts'
import { uploadsFolder } from '@/http/uploads.ts'

/** An uploaded image that this station is to keep a copy of; whole, or from `Range: bytes=N-` on. */
export async function GET(request: Request, { params }: { params: Promise<{ image: string }> }): Promise<Response> {
  const who = await access.require('station', request)
  if (who instanceof Response) return who
  const leave = stationLimits().enter(who.id)
  if (!leave) return new Response('This station calls too often.\n', { status: 429, headers: { 'retry-after': '1' } })
  const upload = await stationUpload({ station: who.id, image: (await params).image }).finally(leave)
  if (!upload) return new Response('There is no such image for this station.\n', { status: 404 })
  return sendFile(path.join(uploadsFolder(), upload.file), request)
}
