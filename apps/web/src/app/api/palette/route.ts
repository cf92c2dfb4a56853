import { listPlaces } from '@bramble/db'
import { listAlerts } from '@bramble/db/alerts'
import { listRuns } from '@bramble/db/runs'
import { apiAnswer } from '@/api/api-answer.ts'
import { access } from '@/auth/access.ts'
import type { PaletteIndex } from '@/features/palette/entries.ts'
import { runTitle } from '@/features/runs/copy.ts'
import { runPath } from '@/features/runs/run-path.ts'

const newest = 15

/** Where one can go from here: clusters with their nodes, the newest runs, the open alerts. */
export async function GET(request: Request) {
  const who = await access.require('viewer', request)
  if (who instanceof Response) return who
  return apiAnswer(async (): Promise<PaletteIndex> => {
    const [clusters, runs, { alerts }] = await Promise.all([
      listPlaces(),
      listRuns({ limit: newest }),
      listAlerts({ open: true }),
    ])
    return {
      clusters,
      runs: runs.map((run) => ({
        href: runPath(run),
        title: runTitle(run),
        status: run.status,
        at: run.createdAt,
        cluster: run.cluster,
      })),
      alerts: alerts.map(({ id, title, words, cluster, rule, node, silence }) => ({
        ...{ id, title, words, cluster, rule, node },
        silenced: silence !== null,
      })),
    }
  })
}
