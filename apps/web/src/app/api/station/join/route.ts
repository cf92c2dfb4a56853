import { StationJoin } from '@bramble/cluster'
import { joinStation } from '@bramble/db/flash'
import { jsonBody } from '@/api/json-body.ts'
import { access } from '@/auth/access.ts'
import { noteRefusedToken, senderOf, tryToken } from '@/auth/strangers.ts'

const headers = { 'cache-control': 'no-store' }
const cure = 'On the dashboard choose Flash, then Add station, and run the command that it shows within 15 minutes.'

/** Uses a one-time code up: the machine becomes a station and gets its token, in this answer and nowhere else. */
export async function POST(request: Request): Promise<Response> {
  const who = await access.require('joining', request)
  if (who instanceof Response) return who
  const asked = await jsonBody(request, StationJoin, 1_000)
  const publicKey = Buffer.from(asked?.publicKey ?? '', 'base64')
  if (publicKey.length !== 32)
    return refused(400, 'invalid', 'Invalid request to join.', 'Update Bramble on both machines.')
  const sender = senderOf(request.headers)
  const { wait, found } = await tryToken(sender, () => joinStation({ code: who.code, publicKey }))
  if (found) return Response.json(found, { status: 201, headers })
  await noteRefusedToken(sender, `${who.code.slice(0, 10)}…`, wait > 0 ? 'too many wrong codes' : 'code not known')
  if (wait > 0) return refused(429, 'throttled', `Too many wrong codes. Wait ${wait} s.`, cure)
  return refused(403, 'code-invalid', 'This code is not known, was used, or has expired.', cure)
}

function refused(status: number, code: string, message: string, remedy: string): Response {
  return Response.json({ code, message, cure: remedy }, { status, headers })
}
