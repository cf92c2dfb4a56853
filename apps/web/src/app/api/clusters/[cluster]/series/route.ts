import type { SubjectKind } from '@bramble/cluster'
import { Refusal } from '@bramble/db'
import { readSeries, type SeriesAsked } from '@bramble/db/metrics'
import { apiAnswer, rangeAsked } from '@/api/api-answer.ts'
import { access } from '@/auth/access.ts'

/** `?s=kind:node:name:metric`, once a series, `&from=&to=` in seconds since 1970, `&points=`: bins of the measures. */
export async function GET(request: Request, { params }: { params: Promise<{ cluster: string }> }) {
  const who = await access.require('viewer', request)
  if (who instanceof Response) return who
  const { cluster } = await params
  const query = new URL(request.url).searchParams
  return apiAnswer(() => {
    const points = query.get('points')
    return readSeries({
      ...{ cluster, series: query.getAll('s').map(seriesAsked), ...rangeAsked(query) },
      ...(points === null ? {} : { points: Number(points) }),
    })
  })
}

/** A name may hold colons of its own. What the kind and the measure are worth is for `readSeries` to say. */
function seriesAsked(text: string): SeriesAsked {
  const [kind, node, ...rest] = text.split(':')
  const metric = rest.pop()
  if (kind === undefined || node === undefined || metric === undefined || rest.length === 0)
    throw new Refusal(
      'series-invalid',
      `${text.slice(0, 100)} names no series.`,
      'Write kind:node:name:measure, for instance s=node:*::cpu.',
    )
  return { kind: kind as SubjectKind, node, name: rest.join(':'), metric }
}
