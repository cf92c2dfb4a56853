import { Refusal } from '@bramble/db'
import { getApp, removeImageSource, setImageSource } from '@bramble/db/apps'
import { z } from 'zod'
import { apiAnswer } from '@/api/api-answer.ts'
import { jsonBody } from '@/api/json-body.ts'
import { tooFast } from '@/api/pace.ts'
import { access } from '@/auth/access.ts'

interface ImageContext {
  params: Promise<{ cluster: string; app: string }>
}

const largest = 64_000
const Source = z.looseObject({ reference: z.string(), domains: z.array(z.string().max(300)).max(100).optional() })

/** Sets the image of an app in a registry; an app that the cluster does not have yet is added to it. */
export async function PUT(request: Request, { params }: ImageContext): Promise<Response> {
  const who = await access.require('operator', request)
  if (who instanceof Response) return who
  const refused = tooFast(who)
  if (refused) return refused
  return apiAnswer(async () => {
    const at = await params
    const asked = await jsonBody(request, Source, largest)
    if (!asked)
      throw new Refusal('image-source-invalid', 'The body is not { "reference": "…" } in JSON.', 'See docs/api.md.')
    const { domains, ...source } = asked
    await setImageSource({ ...at, source, domains, by: who.by })
    return { image: (await getApp(at.cluster, at.app))?.image ?? null }
  })
}

/** The app is deployed by uploads again. The password is deleted; what serves keeps serving. */
export async function DELETE(request: Request, { params }: ImageContext): Promise<Response> {
  const who = await access.require('operator', request)
  if (who instanceof Response) return who
  const refused = tooFast(who)
  if (refused) return refused
  return apiAnswer(async () => {
    await removeImageSource({ ...(await params), by: who.by })
    return {}
  })
}
