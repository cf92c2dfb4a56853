import type { CardReport } from '@bramble/cluster'
import { expect, test } from 'vitest'
import { someFingerprint, someFlash } from '../../test/cards.ts'
import { makeCluster, newCluster } from '../../test/clusters.ts'
import { until, useDatabase } from '../../test/database.ts'
import { listAudit } from '../audit/index.ts'
import { createCluster, getCluster } from '../clusters/index.ts'
import { listen } from '../index.ts'
import { claimRun, endRun, getRun, type Lease, LeaseLost, reapRuns, requestRun } from '../runs/index.ts'
import { pool } from '../store/connection.ts'
import {
  adoptNode,
  cardForArrival,
  cardsToFlash,
  endCardRecord,
  getFlash,
  keepCardKey,
  recordArrival,
  recordCardTrouble,
  recordFlashPhase,
  recordFlashProgress,
  recordForgery,
  waitingCards,
} from './index.ts'

useDatabase()
const by = 'ada@example.org'
const letRunOut = (run: string) =>
  pool().query(`update run set lease_until = now() - interval '1 second' where id = $1`, [run])

const report = (path: string, hostKey: string): CardReport => ({
  identity: { path, size: 16e9, serial: null, cid: null, diskseq: null },
  vendor: '',
  model: '',
  before: { kind: 'blank', words: 'nothing' },
  written: 2e9,
  verified: 2e9,
  writeSeconds: 20,
  verifySeconds: 10,
  badRanges: [],
  hostKey,
})

/** Writes the card of a node as a worker does. Returns its record and key. */
async function write(lease: Lease, node: string): Promise<{ card: string; fingerprint: string }> {
  const { card, identity } = (await cardsToFlash(lease.run)).find((entry) => entry.node === node)!
  const fingerprint = someFingerprint()
  await recordFlashPhase(lease, card, 'customising')
  await keepCardKey(lease, card, { publicLine: `ssh-ed25519 ${node}`, fingerprint })
  await recordFlashPhase(lease, card, 'writing')
  await recordFlashProgress(lease, card, { phase: 'writing', done: 1, total: 2, rate: 1e7, left: 3.5 })
  await endCardRecord(lease, card, { outcome: 'written', report: report(identity.path, fingerprint), trouble: null })
  return { card, fingerprint }
}

const ended = { status: 'succeeded' as const, outcome: null, trouble: null }

test('the key is the node’s once its card is written and verified, and not before', async () => {
  const { run, cluster } = await someFlash()
  const lease = (await claimRun(run, 'worker'))!
  const keys = async () => (await getCluster(cluster))!.nodes.map((node) => node.hostKey)
  const [first] = await cardsToFlash(run)
  await keepCardKey(lease, first!.card, { publicLine: 'ssh-ed25519 x', fingerprint: someFingerprint() })
  await recordFlashPhase(lease, first!.card, 'writing')
  expect(await keys()).toEqual([null, null, null])
  const { fingerprint } = await write(lease, 'pi-1')
  const trouble = { code: 'card-bad', message: 'Bad.', cure: 'Another.' }
  const second = (await cardsToFlash(run))[1]!
  await keepCardKey(lease, second.card, { publicLine: 'ssh-ed25519 y', fingerprint: someFingerprint() })
  await endCardRecord(lease, second.card, { outcome: 'failed', report: null, trouble })
  expect(await keys()).toEqual([fingerprint, null, null])
  expect((await getFlash(run))!.cards.map((card) => [card.phase, card.progress, card.trouble?.code ?? null])).toEqual([
    ['written', null, null],
    ['failed', null, 'card-bad'],
    ['waiting', null, null],
  ])
})

test('a card that is written anew takes the login that somebody typed for the old one with it', async () => {
  const asked = newCluster()
  const { name } = await createCluster(asked)
  const { run } = await someFlash()
  await pool().query(
    `update card_record set cluster_id = (select id from cluster where name = $2) where run_id = $1 and node = 'pi-1'`,
    [run, name],
  )
  const lease = (await claimRun(run, 'worker'))!
  await write(lease, 'pi-1')
  expect((await getCluster(name))!.nodes.map((node) => node.hasLogin)).toEqual([false, true, true])
})

test('a flash whose worker died ends as failed, names the half-written cards and is never taken over', async () => {
  const { run, cluster } = await someFlash()
  const lease = (await claimRun(run, 'dead'))!
  await write(lease, 'pi-1')
  const cards = await cardsToFlash(run)
  await recordFlashPhase(lease, cards[1]!.card, 'verifying')
  await letRunOut(run)
  expect(await claimRun(run, 'heir')).toBeNull()
  expect((await reapRuns()).map((entry) => entry.id)).not.toContain(run)
  const view = (await getFlash(run))!
  expect(view.run).toMatchObject({ status: 'failed', trouble: { code: 'flash-worker-died' } })
  expect(view.run.trouble?.message).toContain('The cards of pi-2, pi-3 are not finished')
  expect(view.run.trouble?.cure).toContain('press Flash')
  expect(view.cards.map((card) => card.phase)).toEqual(['written', 'failed', 'failed'])
  expect((await listAudit({ limit: 1 })).entries[0]).toMatchObject({ what: 'run.ended', outcome: 'failed' })
  expect(await claimRun(run, 'heir')).toBeNull()
  // The dead one was only asleep.
  await expect(recordFlashPhase(lease, cards[1]!.card, 'written')).rejects.toThrow(LeaseLost)
  await expect(endRun(lease, ended)).rejects.toThrow(LeaseLost)
  expect((await getCluster(cluster))!.activeRun).toBeNull()
})

test('a flash whose worker died is told as failed even when no other worker is left', async () => {
  const { run } = await someFlash()
  await claimRun(run, 'dead')
  expect((await getFlash(run))?.run.status).toBe('running')
  await letRunOut(run)
  expect((await getFlash(run))?.run).toMatchObject({ status: 'failed', trouble: { code: 'flash-worker-died' } })
})

test('a flash that no worker of its station takes up is not done an hour later', async () => {
  const { run, station } = await someFlash()
  await pool().query(`update run set queued_at = now() - interval '10 seconds' where id = $1`, [run])
  expect(await reapRuns()).toContainEqual(expect.objectContaining({ id: run, station: station.id, abandoned: false }))
  await pool().query(`update run set created_at = now() - interval '2 minutes' where id = $1`, [run])
  await reapRuns()
  expect(await getRun(run)).toMatchObject({ status: 'failed', trouble: { code: 'station-away' } })
  expect((await getFlash(run))!.cards.every((card) => card.phase === 'failed')).toBe(true)
})

test('a Pi that boots and answers becomes the node, at the address of its spec', async () => {
  const { run, cluster } = await someFlash()
  const lease = (await claimRun(run, 'worker'))!
  const { card, fingerprint } = await write(lease, 'pi-2')
  const { address } = (await getCluster(cluster))!.nodes[1]!
  const told: string[] = []
  const stop = await listen('bramble_card', (id) => void told.push(id ?? ''))
  expect(await cardForArrival(card)).toMatchObject({ node: 'pi-2', fingerprint, nodeAddress: address })
  await recordArrival({ card, address })
  // The worker, which is still at the other cards, does not take that back.
  expect((await getFlash(run))!.cards[1]).toMatchObject({ phase: 'booting', address })
  expect((await waitingCards()).map((entry) => entry.card)).toContain(card)
  expect(await adoptNode({ card, address, facts: { model: 'Pi 5' } })).toBeNull()
  expect((await getCluster(cluster))!.nodes[1]).toMatchObject({
    reachable: true,
    facts: { model: 'Pi 5' },
    card: { phase: 'online' },
  })
  expect((await waitingCards()).map((entry) => entry.card)).not.toContain(card)
  await until('the followers were told', () => told.includes(card))
  stop()
})

test('an address from the router becomes the node’s; two that were dealt the other way round change places', async () => {
  const { run, cluster } = await someFlash({ network: 'dhcp' })
  const lease = (await claimRun(run, 'worker'))!
  const [one, two, three] = [await write(lease, 'pi-1'), await write(lease, 'pi-2'), await write(lease, 'pi-3')]
  await endRun(lease, ended)
  const addresses = async () => (await getCluster(cluster))!.nodes.map((node) => node.address)
  const [a, b] = await addresses()
  expect(await adoptNode({ card: one.card, address: b!, facts: {} })).toBeNull()
  expect(await adoptNode({ card: two.card, address: a!, facts: {} })).toBeNull()
  expect(await adoptNode({ card: three.card, address: '10.77.0.9', facts: {} })).toBeNull()
  expect(await addresses()).toEqual([b, a, '10.77.0.9'])
  expect(await adoptNode({ card: three.card, address: a!, facts: {} })).toMatchObject({ code: 'address-taken' })
  await pool().query(
    `insert into run (id, cluster_id, kind, request, spec, status, requested_by)
     select gen_random_uuid(), id, 'provision', '{}', '{}', 'succeeded', 'x' from cluster where name = $1`,
    [cluster],
  )
  expect(await adoptNode({ card: three.card, address: '10.77.0.10', facts: {} })).toMatchObject({
    code: 'address-moved',
    cure: expect.stringContaining('10.77.0.9'),
  })
  expect(await addresses()).toEqual([b, a, '10.77.0.9'])
})

test('a card is expected until its node is written anew, and its troubles are told once', async () => {
  const { run } = await someFlash()
  const lease = (await claimRun(run, 'worker'))!
  const old = await write(lease, 'pi-1')
  await endRun(lease, ended)
  const forged = { code: 'arrival-forged', message: 'Forged.', cure: 'Look.' }
  const audits = async () => (await listAudit()).entries.filter((entry) => entry.what === 'arrival').length
  for (let i = 0; i < 3; i++) await recordForgery((await cardForArrival(old.card))!, forged)
  expect(await audits()).toBe(1)
  expect((await getFlash(run))!.cards[0]?.trouble?.code).toBe('arrival-forged')
  await recordCardTrouble(old.card, null)

  await pool().query(
    `insert into card_record (id, run_id, cluster, cluster_id, node, station_id, station, image_id, image, identity, written_at,
       public_line, host_key)
     select gen_random_uuid(), run_id, cluster, cluster_id, node, station_id, station, image_id, image, identity,
       now() + interval '1 second', 'x', 'x' from card_record where id = $1`,
    [old.card],
  )
  expect(await cardForArrival(old.card)).toBeNull()
  expect(await adoptNode({ card: old.card, address: '10.77.0.11', facts: {} })).toBeNull()
})

test('flashing counts not as building: the first provision still signs in as people said', async () => {
  const cluster = await makeCluster()
  await pool().query(
    `insert into run (id, cluster_id, kind, request, spec, status, requested_by, started_at)
     select gen_random_uuid(), id, 'flash', '{}', '{}', 'succeeded', 'x', now() from cluster where name = $1`,
    [cluster],
  )
  const run = await requestRun({ cluster, request: { kind: 'plan' }, by })
  expect((await claimRun(run, 'worker'))?.firstContact).toBe(true)
})
