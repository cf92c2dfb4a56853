import { getProbe } from '@bramble/db/clusters'
import { z } from 'zod'
import { access } from '@/auth/access.ts'

const Ids = z.array(z.uuid()).min(1).max(32)

/** `?id=…&id=…`: how far these connection tests are. */
export async function GET(request: Request): Promise<Response> {
  const who = await access.require('operator', request)
  if (who instanceof Response) return who
  const ids = Ids.safeParse(new URL(request.url).searchParams.getAll('id'))
  if (!ids.success)
    return Response.json({ code: 'invalid', message: 'Give the id of one to 32 probes.' }, { status: 400 })
  const probes = await Promise.all(ids.data.map((id) => getProbe(id)))
  return Response.json(
    { probes: probes.filter((probe) => probe !== null) },
    { headers: { 'cache-control': 'no-store' } },
  )
}
