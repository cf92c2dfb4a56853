import { expect, test } from 'vitest'
import { contextOf, factsFor, noPulse, spec } from '../../test/context.ts'
import { fileState } from '../engine/file.ts'
import type { EtcdMember } from '../engine/pulse.ts'
import { firstStartPath, peerUrl, rosterOf } from './members.ts'
import { join } from './membership.ts'

const [, first, second, third] = spec.nodes.map((node) => ({ name: node.name, peer: peerUrl(node) }))
const members: EtcdMember[] = [first!, second!, third!].map((one, at) => ({ ...one, id: String(at), learner: false }))
const start = `ETCD_INITIAL_CLUSTER="${members.map(({ name, peer }) => `${name}=${peer}`).join(',')}"\n`

/** What is done on pi-2, which has no store, while pi-3 and pi-4 serve. */
function reasonOf(own: Partial<EtcdMember>, state: 'new' | 'existing' | null): string | null {
  const roster = members.map((member) => (member.name === 'pi-2' ? { ...member, ...own } : member))
  const step = join({ ...contextOf('pi-2'), pulse: { ...noPulse, members: roster } })
  const told = state === null ? null : `${start}ETCD_INITIAL_CLUSTER_STATE="${state}"\n`
  const file = { kind: 'file', sha256: null, mode: 0o644, owner: 'root:root', size: 1, mtime: 0, content: told }
  const facts = factsFor([step], {
    over: [
      [rosterOf(spec), { code: 0, stdout: JSON.stringify(roster), stderr: '' }],
      ...(told === null ? [] : [[fileState(firstStartPath, { content: true }), file] as const]),
    ],
  })
  const verdict = step.check(facts)
  return verdict.settled ? null : verdict.because
}

test('a voter that had not started when the first provisioning broke off starts as the others did', () => {
  expect(reasonOf({ unstarted: true }, 'new')).toBeNull()
})

test.each([
  ['it ran, and its store is gone', {}, 'new', 'its data is missing'],
  ['it was not told how to start', { unstarted: true }, null, 'its data is missing'],
  ['it is a learner with the file of an earlier life', { unstarted: true, name: '' }, 'new', 'not written yet'],
] as const)('a voter joins the store that lives when %s', (_name, own, state, reason) => {
  expect(reasonOf(own, state)).toContain(reason)
})
