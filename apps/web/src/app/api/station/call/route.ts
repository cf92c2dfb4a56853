import { StationCall } from '@bramble/cluster'
import { answerStation } from '@bramble/db/flash'
import { LeaseLost } from '@bramble/db/runs'
import { apiAnswer } from '@/api/api-answer.ts'
import { jsonBody } from '@/api/json-body.ts'
import { stationLimits } from '@/api/station-limits.ts'
import { access } from '@/auth/access.ts'

/** Characters of a call: 500 lines of a log at most. */
const longest = 900_000

/** What a station asks and tells: see `station-calls.ts` of the shared words. */
export async function POST(request: Request): Promise<Response> {
  const who = await access.require('station', request)
  if (who instanceof Response) return who
  const leave = stationLimits().enter(who.id)
  if (!leave) return slowDown()
  try {
    const call = await jsonBody(request, StationCall, longest)
    if (!call) {
      const words = { code: 'call-invalid', message: 'Bramble does not understand this call.' }
      return Response.json({ ...words, cure: 'Update Bramble on both machines.' }, { status: 400 })
    }
    return await apiAnswer(async () => Response.json(await answerStation(who, call, request.signal)))
  } catch (error) {
    if (!(error instanceof LeaseLost)) throw error
    return Response.json({ code: 'lease-lost', message: error.message, cure: '' }, { status: 409 })
  } finally {
    leave()
  }
}

function slowDown(): Response {
  const words = { code: 'throttled', message: 'This station calls too often.', cure: 'It tries again.' }
  return Response.json(words, { status: 429, headers: { 'retry-after': '1' } })
}
