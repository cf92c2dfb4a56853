import { expect, test } from 'vitest'
import { type Shown, verdictOf } from './verdict.ts'

const sight = {
  writeOutage: 2.8,
  siteOutage: 1.7,
  acknowledged: 99,
  lost: 0,
  failedWrites: 3,
  requests: 90,
  failedRequests: 1,
}
const shown: Shown = {
  words: 'PostgreSQL is killed on pi-2',
  sight,
  lack: null,
  limit: 15,
  secondsToWhole: 11.2,
  synchronous: true,
}

test.each([
  ['all well', {}, 'held', 'The cluster recovered 11 s after the fault.'],
  ['no site at all', { sight: { ...sight, siteOutage: null } }, 'held', 'Write outage: 2.8 s; 0 of 99'],
  ['writes away for too long', { sight: { ...sight, writeOutage: 15.1 } }, 'slow', 'longer than the limit of 15 s'],
  ['pages away for too long', { sight: { ...sight, siteOutage: 40 } }, 'slow', 'longer than the limit of 15 s'],
  ['a write lost', { sight: { ...sight, lost: 1 } }, 'lost', '1 of 99 acknowledged writes was lost'],
  ['writes lost in sync mode', { sight: { ...sight, lost: 2 } }, 'lost', 'no write may be lost'],
  [
    'writes lost in async mode',
    { sight: { ...sight, lost: 2 }, synchronous: false },
    'lost',
    'can be lost in a failover',
  ],
  [
    'something still away',
    { lack: 'etcd is not healthy on pi-2' },
    'not-whole',
    'etcd is not healthy on pi-2. Press Reprovision',
  ],
  ['writes that do not pass', { sight: { ...sight, lost: null } }, 'not-whole', 'writes have not recovered'],
  [
    'nobody who measured',
    { sight: null, words: undefined },
    'broken-off',
    'the cluster is healthy. Start the drill again.',
  ],
  [
    'nobody who measured, and not whole',
    { sight: null, lack: 'pi-2 is unreachable' },
    'not-whole',
    'pi-2 is unreachable',
  ],
])('%s', (_name, over, verdict, words) => {
  const said = verdictOf({ ...shown, ...over })
  expect(said.verdict).toBe(verdict)
  expect(said.message).toContain(words)
})
