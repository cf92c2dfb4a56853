import { getAppLog, Refusal } from '@bramble/db'
import { access } from '@/lib/access.ts'
import { apiAnswer } from '@/lib/api-answer.ts'

interface AppLogContext {
  params: Promise<{ cluster: string; log: string }>
}

/** The lines of a log that were asked for on the page of an app; `lines` is null until a worker has read them. */
export async function GET(request: Request, { params }: AppLogContext): Promise<Response> {
  const who = await access.require('operator', request)
  if (who instanceof Response) return who
  const { cluster, log } = await params
  return apiAnswer(async () => {
    const found = await getAppLog(cluster, log)
    if (!found) throw new Refusal('app-log-unknown', 'This log is no longer stored.', 'Request it again.')
    return found
  })
}
