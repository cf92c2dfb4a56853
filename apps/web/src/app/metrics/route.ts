import { readFigures } from '@bramble/db/metrics'
import { exposition, expositionType } from '@/api/exposition.ts'
import { access } from '@/auth/access.ts'

/** The newest figures of all clusters in Prometheus' text format; what is older than a minute is left out. */
export async function GET(request: Request) {
  const who = await access.require('viewer', request)
  if (who instanceof Response) return who
  return new Response(exposition(await readFigures()), {
    headers: { 'content-type': expositionType, 'cache-control': 'no-store' },
  })
}
