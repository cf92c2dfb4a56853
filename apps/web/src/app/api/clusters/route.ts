import { listClusters } from '@bramble/db/clusters'
import { apiAnswer } from '@/api/api-answer.ts'
import { access } from '@/auth/access.ts'

/** The names of the clusters. */
export async function GET(request: Request): Promise<Response> {
  const who = await access.require('viewer', request)
  if (who instanceof Response) return who
  return apiAnswer(async () => ({ clusters: (await listClusters()).map(({ name }) => ({ name })) }))
}
