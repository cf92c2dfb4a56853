/** `./bramble app sync`: nodes that were off during a deploy get the release that serves. */
import { completeApps } from '@bramble/provision'
import { environmentFile } from '@bramble/provision/serving'
import { Command } from 'commander'
import { type AppOptions, withApps, withCluster } from './open.ts'
import { print, printJson } from './output.ts'

export function syncCommand(): Command {
  return withCluster(new Command('sync'))
    .description('copy the live release to nodes that miss it because they were offline or replaced')
    .action((options: AppOptions) =>
      withApps(options, async (opened) => {
        const done = await completeApps({
          ...opened,
          async kept({ app, release, environment }) {
            const values = opened.values.kept(app, environment)
            const archive = await opened.releases.archiveOf(release)
            return { archive, environment: values && environmentFile(values) }
          },
        })
        if (options.json) printJson(done)
        else if (done.length === 0) print('Every reachable node has the live release.')
        for (const { app, node, problem } of options.json ? [] : done)
          print(problem === null ? `${node} has the release of ${app}.` : `${node}, ${app}: ${problem}`)
        if (done.some(({ problem }) => problem !== null)) process.exitCode = 1
      }),
    )
}
