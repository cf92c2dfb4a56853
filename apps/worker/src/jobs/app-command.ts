/** A one-off command of an app, on one node: what it prints is the log of its run. */
import type { RunEnd } from '@bramble/db/runs'
import { blanker, runInApp, Trouble } from '@bramble/provision'
import { databasePasswordOf, environmentOf } from '../apps/environment.ts'
import type { Site } from '../sites.ts'
import type { RunWork } from './run-work.ts'

export async function appCommandJob({ run, journal, signal }: RunWork, site: Site): Promise<RunEnd> {
  const { appCommand: asked } = run.request
  const app = run.spec.apps?.find(({ name }) => name === asked?.app)
  if (!asked || !app) throw new Trouble('app-unknown', 'The app of this run is not known any more.', 'Deploy it again.')
  // Nobody knows how far it came, and it may not be harmless twice.
  if (run.takenOver)
    throw new Trouble(
      'app-command-lost',
      'The worker that ran the command ended before it did.',
      'Look at what the command has changed, then run it again.',
    )
  const password = await databasePasswordOf(run.clusterId, app)
  const values = Object.values(await environmentOf(run.clusterId, app))
  const blank = blanker([...values, ...(password ? [password.reveal()] : [])], 8)
  journal.redactWith((text) => blank(site.redact(text)))
  const started = performance.now()
  const { node, code } = await runInApp({
    ...{ spec: run.spec, fleet: site.fleet, app, command: asked.command, signal },
    ...(asked.node ? { node: asked.node } : {}),
    onLine: (line) => journal.say(line),
  })
  const status = code === 0 ? 'succeeded' : 'failed'
  const message = `The command ended with ${code} on ${node}.`
  const seconds = (performance.now() - started) / 1000
  return { status, outcome: { status, changed: 0, seconds, message, nodes: [], exitCode: code }, trouble: null }
}
