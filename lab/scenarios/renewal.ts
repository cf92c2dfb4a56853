/** The worker renews certificates that end in minutes, while clients write and read. */
import { listTimeline, listWatchable } from '@bramble/db/metrics'
import { getRun, reapRuns } from '@bramble/db/runs'
import { issuedSecrets } from '@bramble/db/secrets'
import { lookAtCertificates } from '@bramble/worker/certificates'
import { workOnRun } from '@bramble/worker/runs'
import { expect } from 'vitest'
import { day, endingIn, shown, until } from './certificates.ts'
import { startLoad } from './load.ts'
import { eventually, type Stage } from './stage.ts'
import { watchStage } from './watched.ts'

/**
 * The worker finds certificates that end in minutes and renews them, while clients write and read: nobody notices, then
 * and past the old end. Returns the stage with the new ones.
 */
export async function renewUnderLoad(before: Stage, seconds: number): Promise<Stage> {
  const { stage, end } = await endingIn(before, seconds)
  await stage.allCopies()
  const running = await processes(stage)
  const load = await startLoad(stage)
  const watched = await watchStage(stage)
  watched.begin('watcher')
  try {
    const run = await eventually(60, async () => {
      const [asked] = await lookAtCertificates(new Date())
      if (!asked) throw new Error('The worker asked for no renewal')
      return asked
    })
    // On a machine that is busy with other labs a worker may lose its lease: another takes the run over.
    await eventually(90, async () => {
      await reapRuns()
      await workOnRun(run, 'worker', new Map(), { received: '/nonexistent', releases: '/nonexistent' })
      const { status, requestedBy, message } = (await getRun(run))!
      expect({ status, requestedBy }, message ?? '').toEqual({ status: 'succeeded', requestedBy: 'bramble' })
    })
    expect(Date.now(), 'this machine is too slow: they ended meanwhile').toBeLessThan(end)
  } finally {
    await watched.end()
  }
  const told = await listTimeline({ cluster: stage.spec.name, from: new Date(0), to: new Date() })
  expect(told.map(({ words }) => words).join('\n')).toContain('Certificate renewal succeeded')

  await until(end + 20_000)
  const [known] = await listWatchable()
  const renewed = await stage.holding(await issuedSecrets(known!.id))
  for (const { name } of renewed.spec.nodes)
    for (const ends of Object.values(await shown(renewed, name))) expect(ends, name).toBeGreaterThan(end + 7000 * day)
  const noticed = await load.end()
  console.log(`Renewed under load: ${JSON.stringify(noticed)}`)
  expect(noticed).toMatchObject({ failed: 0, missing: [], sessions: 1, connections: 1, noPages: 0 })
  expect(noticed.outage).toBeLessThan(3)
  expect(await processes(renewed)).toBe(running)
  expect((await renewed.plan()).changes).toBe(0)
  return renewed
}

/** Changes with every restart, and for HAProxy with every reload. */
async function processes(stage: Stage): Promise<string> {
  const units = ['etcd', 'patroni', 'haproxy', 'haproxy-postgres', 'keepalived']
  const of = async (name: string) => {
    const started = await stage.on(name, 'systemctl', 'show', '--property=InvocationID', ...units)
    return `${name} ${started} ${await stage.on(name, 'sh', '-c', 'pgrep -x haproxy | sort; pgrep -xo postgres')}`
  }
  return (await Promise.all(stage.spec.nodes.map(({ name }) => of(name)))).join('\n')
}
