import { getApp, Refusal } from '@bramble/db'
import { withoutMessages } from '@/features/apps/without-messages.ts'
import { access, reaches } from '@/lib/access.ts'
import { apiAnswer } from '@/lib/api-answer.ts'

interface AppContext {
  params: Promise<{ cluster: string; app: string }>
}

/** One app with its releases, deploys and the names of its variables. */
export async function GET(request: Request, { params }: AppContext): Promise<Response> {
  const who = await access.require('viewer', request)
  if (who instanceof Response) return who
  const { cluster, app } = await params
  return apiAnswer(async () => {
    const found = await getApp(cluster, app)
    if (!found) throw new Refusal('app-unknown', `There is no app ${app} on ${cluster}.`, 'Check both names.')
    const { spec: _, variables, ...rest } = reaches(who.role, 'operator') ? found : withoutMessages(found)
    return { ...rest, variables: variables.map(({ name }) => name) }
  })
}
