import { listClusters } from '@bramble/db'
import { access } from '@/lib/access.ts'
import { apiAnswer } from '@/lib/api-answer.ts'

/** The names of the clusters. */
export async function GET(request: Request): Promise<Response> {
  const who = await access.require('viewer', request)
  if (who instanceof Response) return who
  return apiAnswer(async () => ({ clusters: (await listClusters()).map(({ name }) => ({ name })) }))
}
