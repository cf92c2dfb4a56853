/** Brings generated code and the dashboard's build up to date with their sources. */
import { run } from '@bramble/provision/local'
import { root } from './checkout.ts'

/** Seconds when something changed, next to nothing when not. Throws with the build's last words. */
export async function buildDashboard(say: (line: string) => void, signal: AbortSignal): Promise<void> {
  const begun = Date.now()
  let building = false
  const result = await run(
    ['pnpm', 'exec', 'turbo', 'run', 'build', '--filter=@bramble/web', '--output-logs=new-only'],
    {
      cwd: root,
      env: { TURBO_TELEMETRY_DISABLED: '1', NEXT_TELEMETRY_DISABLED: '1', FORCE_COLOR: '0' },
      signal,
      timeout: 30 * 60_000,
      onLine(line) {
        if (building || !/^@bramble\/web:build: cache miss/.test(line)) return
        building = true
        say('building the dashboard (half a minute on a PC, some minutes on a Pi)')
      },
    },
  )
  signal.throwIfAborted()
  if (result.code !== 0)
    throw new Error(
      `The dashboard could not be built:\n${`${result.stdout}\n${result.stderr}`.trim().split('\n').slice(-30).join('\n')}`,
    )
  if (building) say(`built in ${Math.round((Date.now() - begun) / 1000)} s`)
}
