/** The release command on a node that is lost while it runs: no cluster, and the node says what the test says. */
import { expect, it } from 'vitest'
import { spec } from '../../../../test/context.ts'
import type { Transport } from '../../../engine/transport.ts'
import { Trouble } from '../../../engine/types.ts'
import { ServingRecord } from '../../../serving/records.ts'
import type { Claimed } from '../etcd/claim.ts'
import { type ReleaseCommandInput, releaseCommand } from './release-command.ts'

const record = ServingRecord.parse({
  ...{ app: 'blog', generation: 1, release: 'a'.repeat(64), environment: 'b'.repeat(64), slot: 'a', kind: 'binary' },
  ...{ port: 20_000, processes: { web: './serve' }, folder: null, health: { path: '/', timeout: 60 } },
  ...{ domains: [], nodes: ['pi-2'], memory: null },
})

/** `answers`: to each attempt to start or follow it, in turn; null: the connection breaks. */
function commandOn(answers: (string | null)[]) {
  const asked: string[] = []
  const noted: string[] = []
  const transport: Pick<Transport, 'exec'> = {
    async exec(_, { stdin, onLine } = {}) {
      const { what } = JSON.parse(String(stdin)) as { what: string }
      if (what !== 'forget') {
        asked.push(what)
        const answer = answers.shift()
        if (!answer) throw new Trouble('connection-lost', 'The connection to pi-2 broke off.', '')
        onLine?.(answer, 'stdout')
      }
      return { code: 0, stdout: '', stderr: '' }
    },
  }
  const claimed = {
    record,
    before: { commands: {} },
    note: async (_: string, value: string) => void noted.push((JSON.parse(value) as { state: string }).state),
  } as unknown as Claimed
  const input: ReleaseCommandInput = {
    ...{ claimed, command: './migrate', nodes: spec.nodes.filter(({ name }) => name === 'pi-2'), memory: 128 },
    connect: async () => transport as Transport,
    signal: new AbortController().signal,
    log: () => undefined,
  }
  return { ran: releaseCommand(input), asked, noted }
}

it('is followed after the connection broke, and started once', async () => {
  const { ran, asked, noted } = commandOn([null, null, '{"code":0,"result":"success"}'])
  expect(await ran).toBe('ran')
  expect([asked, noted]).toEqual([
    ['start', 'follow', 'follow'],
    ['started', 'done'],
  ])
})

it('does not begin again on a node that rebooted under it: somebody has to say what it did', async () => {
  const { ran, asked, noted } = commandOn([null, '{"unknown":true}'])
  await expect(ran).rejects.toMatchObject({ code: 'release-command-unknown' })
  expect([asked, noted]).toEqual([['start', 'follow'], ['started']])
})
