import { Refusal } from '@bramble/db'
import { getApp, requestRemoval } from '@bramble/db/apps'
import { z } from 'zod'
import { apiAnswer } from '@/api/api-answer.ts'
import { jsonBody } from '@/api/json-body.ts'
import { tooFast } from '@/api/pace.ts'
import { access, reaches } from '@/auth/access.ts'
import { withoutMessages } from '@/features/apps/without-messages.ts'

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
    const { spec, variables, ...rest } = reaches(who.role, 'operator') ? found : withoutMessages(found)
    return { ...rest, database: spec.database, variables: variables.map(({ name }) => name) }
  })
}

const Confirmed = z.strictObject({ name: z.string().max(100) })

/** Removes the app, its releases, its secrets and its database. `{ name }`: the app's name once more. */
export async function DELETE(request: Request, { params }: AppContext): Promise<Response> {
  const who = await access.requireProof('admin', request)
  if (who instanceof Response) return who
  const refused = tooFast(who)
  if (refused) return refused
  return apiAnswer(async () => {
    const confirmed = await jsonBody(request, Confirmed, 1_000)
    return requestRemoval({ ...(await params), typed: confirmed?.name ?? '', by: who.by })
  })
}
