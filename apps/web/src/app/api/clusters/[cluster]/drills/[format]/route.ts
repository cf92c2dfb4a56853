import { getCluster } from '@bramble/db/clusters'
import { listDrills } from '@bramble/db/runs'
import { z } from 'zod'
import { access } from '@/auth/access.ts'
import { reportFormats } from '@/features/drills/report.ts'

const Asked = z.object({ cluster: z.string().max(63), format: z.enum(['md', 'csv', 'json']) })

/** The drills of a cluster as a report: `md`, `csv` or `json`. */
export async function GET(request: Request, { params }: { params: Promise<{ cluster: string; format: string }> }) {
  const who = await access.require('viewer', request)
  if (who instanceof Response) return who
  const asked = Asked.safeParse(await params)
  const cluster = asked.success ? await getCluster(asked.data.cluster) : null
  if (!cluster || !asked.success)
    return Response.json({ code: 'report-unknown', message: 'There is no such cluster or report.' }, { status: 404 })
  const { type, write } = reportFormats[asked.data.format]
  const now = new Date()
  return new Response(write({ spec: cluster.spec, drills: await listDrills(cluster.name), now }), {
    headers: {
      'content-type': type,
      'content-disposition': `attachment; filename="bramble-drills-${cluster.name}-${now.toISOString().slice(0, 10)}.${asked.data.format}"`,
      'cache-control': 'no-store',
    },
  })
}
