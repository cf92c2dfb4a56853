import { Refusal } from '@bramble/db'
import { listApps } from '@bramble/db/apps'
import { apiAnswer } from '@/api/api-answer.ts'
import { access, reaches } from '@/auth/access.ts'
import { withoutMessages } from '@/features/apps/without-messages.ts'

interface AppsContext {
  params: Promise<{ cluster: string }>
}

/** The apps of a cluster: what serves, what was deployed last, what the nodes report. */
export async function GET(request: Request, { params }: AppsContext): Promise<Response> {
  const who = await access.require('viewer', request)
  if (who instanceof Response) return who
  const { cluster } = await params
  return apiAnswer(async () => {
    const apps = await listApps(cluster)
    if (!apps) throw new Refusal('cluster-unknown', `There is no cluster ${cluster}.`, 'Check its name.')
    return { apps: reaches(who.role, 'operator') ? apps : apps.map(withoutMessages) }
  })
}
