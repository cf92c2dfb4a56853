/** Certificates that end in minutes while nobody looks: the worker renews them, and nobody notices. */
import { useDatabase } from '@bramble/db/test/database'
import { afterAll, beforeAll, it } from 'vitest'
import { renewUnderLoad } from './renewal.ts'
import { openStage, type Stage } from './stage.ts'

const minute = 60_000
useDatabase()
let stage: Stage
beforeAll(async () => {
  stage = await openStage({ id: 61, nodes: 3, built: true })
  await stage.allCopies()
}, 20 * minute)
afterAll(() => stage?.close(), 2 * minute)

it(
  'renewed by the worker under load: no write lost, no session dropped, nothing restarted, past the end of the old ones',
  async () => {
    stage = await renewUnderLoad(stage, 150)
  },
  12 * minute,
)
