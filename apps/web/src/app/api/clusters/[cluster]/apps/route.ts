import { listApps, Refusal } from '@bramble/db'
import { withoutMessages } from '@/features/apps/without-messages.ts'
import { access, reaches } from '@/lib/access.ts'
import { apiAnswer } from '@/lib/api-answer.ts'

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
