/** One-off commands of apps: a run each, whose log is their output. */
import { AppCommandRun, RunRequest } from '@bramble/cluster'
import { audited } from '../audit/audit.ts'
import { enqueueRun, insertRun } from '../runs/requests.ts'
import { lockCluster } from '../store/active.ts'
import { prisma } from '../store/connection.ts'
import { fieldWords, inOneLine } from '../store/field-words.ts'
import { Refusal } from '../store/refusal.ts'
import { specOf, withNodes } from '../store/specs.ts'
import { findApp } from './app-specs.ts'
import { refuseUnbuilt } from './deploy-queue.ts'

/** `node`: absent: the first on which the app is ready. Returns the run's id. Refusal `command-invalid`, `app-unknown`, `run-active`, `cluster-not-built`, `cluster-unknown`. */
export async function requestAppCommand(input: {
  cluster: string
  app: string
  command: string
  node?: string | undefined
  by: string
}): Promise<string> {
  const { cluster, app, command, node, by } = input
  const entry = {
    who: by,
    what: 'run.app-command' as const,
    target: `${cluster}/${app}`,
    detail: command.slice(0, 200),
  }
  return audited(entry, async () => {
    const parsed = AppCommandRun.safeParse({ app, command, ...(node === undefined ? {} : { node }) })
    if (!parsed.success) {
      const fields = fieldWords(parsed.error.issues, { app, command, node })
      throw new Refusal('command-invalid', inOneLine(fields, 'command'), 'Correct this and try again.', { fields })
    }
    const id = await prisma().$transaction(async (tx) => {
      const { id: clusterId } = await lockCluster(tx, cluster)
      await refuseUnbuilt(tx, clusterId, cluster)
      const row = await tx.cluster.findUniqueOrThrow({ where: { id: clusterId }, include: withNodes })
      findApp(specOf(row), app)
      const request = RunRequest.parse({ kind: 'app-command', appCommand: parsed.data })
      return insertRun(tx, row, { request, by, approvedRunId: null, retryOfId: null })
    })
    await enqueueRun(id, 0)
    return id
  })
}
