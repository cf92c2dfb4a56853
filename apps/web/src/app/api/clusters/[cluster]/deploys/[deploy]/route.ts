import { Refusal } from '@bramble/db'
import { getDeploy } from '@bramble/db/apps'
import { apiAnswer } from '@/api/api-answer.ts'
import { access } from '@/auth/access.ts'

interface DeployContext {
  params: Promise<{ cluster: string; deploy: string }>
}

/** How far a deploy, rollback or restart has come. */
export async function GET(request: Request, { params }: DeployContext): Promise<Response> {
  const who = await access.require('viewer', request)
  if (who instanceof Response) return who
  const { cluster, deploy } = await params
  return apiAnswer(async () => {
    const found = await getDeploy(cluster, deploy)
    if (!found) throw new Refusal('deploy-unknown', 'There is no such deploy on this cluster.', 'Check its id.')
    return found
  })
}
