/** Two minutes of chaos: whatever its seed plays, everything comes back by itself, agrees, and lost nothing. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { runChaos, verdictText } from '../src/index.ts'
import { openStage, type Stage } from './stage.ts'

const minute = 60_000
let stage: Stage
beforeAll(async () => {
  const change: Parameters<typeof openStage>[0]['change'] = (spec) => ({ ...spec, synchronous: true, preset: 'fast' })
  stage = await openStage({ id: 92, nodes: 4, diskMB: 4096, change })
  expect((await stage.apply()).outcome.status).toBe('succeeded')
}, 15 * minute)
afterAll(() => stage?.close(), 2 * minute)

it(
  'ends in an agreed state with every acknowledged write',
  async () => {
    const { id, spec, secrets, fleet } = stage
    const lines: string[] = []
    const onLine = (line: string) => lines.push(line)
    const verdict = await runChaos({ id, spec, secrets, fleet, sizedDisks: true, minutes: 2, seed: 5, onLine })
    const told = `${lines.join('\n')}\n${verdictText(verdict)}`
    expect(verdict.passed, told).toBe(true)
    expect(
      Object.values(verdict.faults).reduce((sum, times) => sum + times, 0),
      told,
    ).toBeGreaterThan(1)
    expect(verdict.sight.lost, told).toBe(0)
    expect(verdict.sight.acknowledged, told).toBeGreaterThan(100)
  },
  25 * minute,
)
