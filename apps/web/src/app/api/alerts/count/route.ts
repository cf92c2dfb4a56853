import { countOpenAlerts } from '@bramble/db/alerts'
import { access } from '@/auth/access.ts'

/** Open alerts by cluster and level, for the badge in the navigation. */
export async function GET(request: Request) {
  const who = await access.require('viewer', request)
  if (who instanceof Response) return who
  return Response.json({ clusters: await countOpenAlerts() }, { headers: { 'cache-control': 'no-store' } })
}
