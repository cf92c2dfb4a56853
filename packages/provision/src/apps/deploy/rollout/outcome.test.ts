/** How a deploy ends when etcd, a balancer or a person gets in between: no cluster, and etcd is a map. */
import { AppSpec, type RunEvent } from '@bramble/cluster'
import { expect, it } from 'vitest'
import { spec } from '../../../../test/context.ts'
import { cancelled } from '../../../engine/cancel.ts'
import { blanker } from '../../../engine/redact.ts'
import { Trouble } from '../../../engine/types.ts'
import { reportKey, ServingRecord } from '../../../serving/records.ts'
import { claimApp } from '../etcd/claim.ts'
import type { Store } from '../etcd/store.ts'
import { cleanOutcome, failure } from './outcome.ts'
import { progressOf } from './progress.ts'
import { waitForSwitch } from './waiting.ts'

const app = AppSpec.parse({ name: 'blog' })
const record = ServingRecord.parse({
  ...{ app: 'blog', generation: 1, release: 'a'.repeat(64), environment: 'b'.repeat(64), slot: 'a', kind: 'binary' },
  ...{ port: 20_000, processes: { web: './serve' }, folder: null, health: { path: '/', timeout: 60 } },
  ...{ domains: [], nodes: ['pi-2'], memory: null },
})
const away = new Trouble('etcd-unavailable', 'No majority of etcd answers.', 'Bring the nodes back.')

/** `commits`: what each transaction does before or instead of its answer. */
function storeOf(commits: { done: boolean; answer: boolean | Trouble }[]) {
  const values = new Map<string, string>()
  const asked = { reads: 0, fail: false }
  const store: Store = {
    async read(prefix) {
      asked.reads += 1
      if (asked.fail) throw away
      const keys = [...values].filter(([key]) => key.startsWith(prefix))
      return { entries: keys.map(([key, value]) => ({ key, value, revision: '1' })), revision: '1' }
    },
    async commit(_, changes) {
      const { done, answer } = commits.shift() ?? { done: true, answer: true }
      for (const change of done ? changes : []) if ('put' in change) values.set(change.put, change.value)
      if (answer instanceof Trouble) throw answer
      return answer
    },
    grant: async () => '1',
    keepAlive: async () => true,
    revoke: async () => undefined,
  }
  return { store, values, asked }
}

async function claimed(second: { done: boolean; answer: boolean | Trouble }) {
  const etcd = storeOf([{ done: true, answer: true }, second])
  const { generation: _, slot: __, port: ___, ...draft } = record
  const signal = new AbortController().signal
  const input = { store: etcd.store, app: 'blog', draft: () => draft, signal, waiting: () => undefined }
  return { ...etcd, claim: await claimApp(input) }
}

it('a switch whose answer was lost is done when etcd has the record, and else fails as it did', async () => {
  const done = await claimed({ done: true, answer: away })
  await done.claim.serve()
  await done.claim.release()
  const undone = await claimed({ done: false, answer: away })
  await expect(undone.claim.serve()).rejects.toBe(away)
  await undone.claim.release()
  const lost = await claimed({ done: false, answer: false })
  await expect(lost.claim.serve()).rejects.toMatchObject({ code: 'claim-lost' })
  await lost.claim.release()
})

it('when etcd does not say whether the switch was done, nothing is claimed about what serves', async () => {
  const { claim, asked } = await claimed({ done: true, answer: away })
  asked.fail = true
  const error = await claim.serve().catch((reason: unknown) => reason)
  expect(error).toMatchObject({ code: 'serving-unknown' })
  await claim.release()
  const { message, status } = ended({ serves: false, error })
  expect(status).toBe('failed')
  expect(message).toContain('it is not known which release is live')
  expect(message).not.toMatch(/Nothing/)
})

function ended({ serves, error, signal }: { serves: boolean; error: unknown; signal?: AbortSignal }) {
  const before = { app: 'blog', serving: null, availability: null, next: null, claimed: false, cron: {}, commands: {} }
  const claim = { record, before: { ...before, revisions: { serving: null, next: null } } }
  const events: RunEvent[] = []
  const progress = progressOf((event) => events.push(event))
  const input = { spec, app, signal: signal ?? new AbortController().signal }
  return failure(input, { claimed: claim, serves, error, progress, seconds: 1 })
}

it('a cancel after the switch is a deploy that serves', () => {
  const cancel = new AbortController()
  cancel.abort(cancelled())
  const { signal } = cancel
  const after = ended({ serves: true, error: cancelled(), signal })
  expect(after.status).toBe('partial')
  expect(after.message).toBe('Cancelled. Release aaaaaaaaaaaa serves; the nodes finish the switch without Bramble.')
  expect(new Set(after.nodes.map(({ outcome }) => outcome))).toEqual(new Set(['succeeded']))
  expect(ended({ serves: false, error: cancelled(), signal }).status).toBe('cancelled')
})

it('the outcome has no value of the environment, as the events have none', () => {
  const error = new Trouble(
    'app-unhealthy',
    'It does not start on pi-2: cannot reach postgresql://hidden-word',
    'Fix it.',
  )
  const outcome = cleanOutcome(ended({ serves: false, error }), blanker(['postgresql://hidden-word'], 8))
  expect(outcome.message).toContain('It does not start on pi-2: cannot reach')
  expect(JSON.stringify(outcome)).not.toContain('hidden-word')
})

it('a balancer that is off is not waited for as one that reports is', async () => {
  const { store, values } = storeOf([])
  const report = (generation: number) => ({ at: new Date().toISOString(), slots: {}, balancer: { blog: generation } })
  values.set(reportKey('pi-1'), JSON.stringify({ ...report(1), memoryEnforced: true }))
  const { signal } = new AbortController()
  const switched: string[] = []
  const input = {
    store,
    record,
    balancers: ['pi-1', 'pi-4'],
    signal,
    onSwitched: (node: string) => switched.push(node),
  }
  expect(await waitForSwitch({ ...input, silence: 0 })).toEqual(['pi-4'])
  expect(switched).toEqual(['pi-1'])
})
