/** `./bramble app rollback` and `restart`: what is kept serves again, or once more. */
import { appEnvironment, type KeptRelease, readApps, restartApp, rollbackApp, Trouble } from '@bramble/provision'
import { Command } from 'commander'
import { confirm } from '../confirm.ts'
import { rollbackRemote } from './dashboard/commands.ts'
import { carryOut } from './dashboard/index.ts'
import { appOf, type Opened } from './open.ts'
import { print, printOutcome } from './output.ts'
import { onTarget, type TargetOptions, withTarget } from './target.ts'

interface RollbackOptions extends TargetOptions {
  release?: string
  yes?: boolean
}

export function rollbackCommand(): Command {
  return withTarget(new Command('rollback'))
    .description('roll back to the previous release and its environment')
    .argument('<name>', 'name of the app')
    .option('--release <release>', 'release to roll back to; the beginning of its name is enough')
    .option('--yes', 'do not ask for confirmation; without it you have to type the name of the app')
    .option('--verbose', 'print the output of the nodes')
    .action((name: string, options: RollbackOptions) =>
      onTarget(options, {
        dashboard: (dashboard) =>
          rollbackRemote(dashboard, name, { release: options.release, yes: options.yes ?? false }),
        file: async (opened) => {
          const app = appOf(opened, name)
          const kept = await targetOf(opened, name, options.release)
          const environment = opened.values.kept(name, kept.environment)
          if (!environment)
            throw new Trouble(
              'app-environment-missing',
              `The environment of release ${kept.digest.slice(0, 12)} is not stored here.`,
              'Deploy the app instead.',
            )
          const words = `Release ${kept.digest.slice(0, 12)} of ${kept.at} is live again. Database migrations are not undone.`
          if (!options.json) print(words)
          if (!options.yes) await confirm(name)
          const archive = await opened.releases.archiveOf(kept.digest)
          const outcome = await rollbackApp({
            ...opened,
            ...{ app, environment },
            ...(app.database ? { databasePassword: opened.values.databasePassword(name) } : {}),
            release: { digest: kept.digest, path: archive, resolved: kept.resolved },
            keep: await opened.releases.keep(name),
          })
          if (archive && (outcome.status === 'succeeded' || outcome.status === 'partial'))
            await opened.releases.add({ ...kept, served: true }, archive)
          printOutcome(outcome, options)
        },
      }),
    )
}

/** The newest kept release that served and does not serve now. */
async function targetOf(opened: Opened, name: string, wanted: string | undefined): Promise<KeptRelease> {
  const serving = (await readApps(opened)).apps[name]?.serving
  const all = (await opened.releases.list(name)).filter(({ served }) => served)
  const others = all.filter(
    ({ digest, environment }) => digest !== serving?.release || environment !== serving.environment,
  )
  const found = others.find(({ digest }) => wanted === undefined || digest.startsWith(wanted))
  if (found) return found
  throw new Trouble(
    'no-release',
    wanted === undefined
      ? `No earlier release of ${name} is kept here.`
      : `No release of ${name} begins with ${wanted}.`,
    others.length > 0
      ? `Available: ${others.map(({ digest }) => digest.slice(0, 12)).join(', ')}.`
      : 'Deploy the release again.',
  )
}

export function restartCommand(): Command {
  return withTarget(new Command('restart'))
    .description('restart the current release with the latest environment; no request fails')
    .argument('<name>', 'name of the app')
    .option('--verbose', 'print the output of the nodes')
    .action((name: string, options: TargetOptions) =>
      onTarget(options, {
        async dashboard(dashboard) {
          await carryOut(dashboard, { app: name, body: { kind: 'restart' } })
        },
        file: async (opened) => {
          const app = appOf(opened, name)
          const { values, releases } = opened
          const given = {
            ...{ app, environment: values.complete(app) },
            ...(app.database ? { databasePassword: values.databasePassword(name) } : {}),
          }
          values.keep(name, appEnvironment({ ...given, spec: opened.spec }))
          const outcome = await restartApp({ ...opened, ...given })
          const serving = (await readApps(opened)).apps[name]?.serving
          const kept = (await releases.list(name)).find(({ digest }) => digest === serving?.release)
          const archive = kept && (await releases.archiveOf(kept.digest))
          if (serving && kept && archive && outcome.status !== 'failed' && outcome.status !== 'cancelled')
            await releases.add({ ...kept, environment: serving.environment, served: true }, archive)
          printOutcome(outcome, options)
        },
      }),
    )
}
