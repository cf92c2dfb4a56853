import { expect, test } from 'vitest'
import { storeComplaint } from './broken-store.ts'

const start = '{"level":"info","msg":"starting an etcd server"}'

test.each([
  [
    '{"level":"fatal","msg":"failed to read WAL, cannot be repaired","error":"walpb: crc mismatch"}',
    'walpb: crc mismatch',
  ],
  ['{"level":"panic","msg":"failed to open database","error":"invalid database"}', 'invalid database'],
  ['panic: freepages: failed to get all reachable pages (page 3: multiple references)', 'panic: freepages'],
  ['{"level":"panic","msg":"tocommit(9) is out of range [lastIndex(4)]. Was the raft log corrupted?"}', 'tocommit(9)'],
])('%s is a broken store', (line, words) => {
  expect(storeComplaint(`${start}\n${line}\n${start}`)).toContain(words)
})

test.each([
  ['nothing', ''],
  [
    'a voter that waits for the others',
    '{"level":"warn","msg":"prober detected unhealthy status","error":"connection refused"}',
  ],
  ['a full card', '{"level":"fatal","msg":"failed to open database","error":"open db: no space left on device"}'],
  ['a card that went read-only', '{"level":"panic","msg":"failed to recover WAL","error":"read-only file system"}'],
])('%s is none', (_name, line) => {
  expect(storeComplaint(line)).toBeNull()
})
