import type { AlertLevel, ChannelConfig } from '@bramble/cluster'
import { beforeEach, expect, test } from 'vitest'
import { until, useDatabase } from '../../test/database.ts'
import { watchedCluster } from '../../test/watching.ts'
import { listAudit } from '../audit/index.ts'
import { pool, prisma } from '../store/connection.ts'
import type { AlertRow } from './alert-settling.ts'
import {
  addChannel,
  awaitDelivery,
  changeChannel,
  claimDeliveries,
  endDeliveries,
  listChannels,
  listDeliveries,
  nextDelivery,
  removeChannel,
  settleAlerts,
  sweepAlerts,
  testChannel,
} from './index.ts'

useDatabase()
const by = 'ada@example.org'
const canary = 'canary-Zq81-secret'
const webhook: ChannelConfig = { kind: 'webhook', url: `http://127.0.0.1:9/hook/${canary}`, secret: canary }

beforeEach(async () => {
  await prisma().channel.deleteMany()
})

let made = 0
const channel = async (config: ChannelConfig = webhook, leastLevel: AlertLevel = 'warning') =>
  (await addChannel({ name: `Channel ${++made}`, config, leastLevel, by })).id

/** Fires alerts, one each on a node of its own, and makes their messages due. */
async function fire(
  levels: AlertLevel[],
  tell: 'fired' | 'raised' | 'over' = 'fired',
  cluster?: string,
  ids?: string[],
) {
  const id = cluster ?? (await watchedCluster()).id
  const rows = levels.map(
    (level, at): AlertRow => ({
      ...{ id: ids?.[at] ?? null, rule: 'disk-full', node: `pi-${at + 1}`, subject: '', state: 'open', level },
      ...{ words: 'Full.', cure: 'Make room.', value: 1, since: new Date(), firedAt: new Date(), absentSince: null },
      ...{ overAt: null, wordsAt: new Date(), times: 1, toldLevel: level },
    }),
  )
  await settleAlerts({
    cluster: id,
    recent: new Date(),
    decide: () => ({ save: rows.map((row) => ({ row, tell })), drop: [] }),
  })
  await due()
  const stored = await prisma().alert.findMany({ where: { clusterId: id }, orderBy: { node: 'asc' } })
  return { cluster: id, ids: stored.map((row) => row.id) }
}
/** Not at this moment: it is kept in whole milliseconds, and rounded up it may still be to come. */
const due = () => pool().query(`update alert_delivery set next_try = now() - interval '1 s' where state = 'queued'`)
const events = async () => (await listDeliveries()).map(({ event, state, channel }) => `${channel} ${event} ${state}`)

test('settings are sealed at rest and in no view, and a row moved elsewhere does not open', async () => {
  const id = await channel()
  const stored = await prisma().channel.findUniqueOrThrow({ where: { id } })
  expect(Buffer.from(stored.sealed).includes(canary)).toBe(false)
  expect(JSON.stringify([await listChannels(), await listDeliveries(), await listAudit()])).not.toContain(canary)
  expect(await listChannels()).toMatchObject([{ id, kind: 'webhook', place: '127.0.0.1:9', enabled: true, last: null }])

  const other = await channel({ kind: 'ntfy', server: 'http://127.0.0.1:9', topic: 'mine' })
  await prisma().channel.update({ where: { id: other }, data: { sealed: stored.sealed } })
  await testChannel({ id: other, by })
  expect(await claimDeliveries('w1')).toBeNull()
  expect((await listDeliveries())[0]).toMatchObject({ state: 'failed', trouble: { code: 'secret-unreadable' } })
})

test('channels that make no sense are refused, each with its sentence', async () => {
  const add = (config: unknown, name = 'X') =>
    addChannel({ name, config: config as ChannelConfig, leastLevel: 'warning', by })
  const mail = {
    ...{
      kind: 'email',
      host: 'smtp.example.org',
      port: 465,
      security: 'tls',
      from: 'a@example.org',
      to: ['b@example.org'],
    },
  }
  await expect(add({ kind: 'webhook', url: 'ftp://example.org' })).rejects.toThrow('must be an address such as')
  await expect(add({ kind: 'webhook', url: 'javascript:alert(1)' })).rejects.toThrow('must be an address such as')
  await expect(add({ kind: 'webhook', url: 'http://u:p@example.org/' })).rejects.toThrow('not contain a user, password')
  await expect(add({ kind: 'webhook', url: 'http://example.org/\r\nX: y' })).rejects.toThrow('address such as')
  await expect(add({ kind: 'webhook', url: 'http://example.org/', secret: 'short' })).rejects.toThrow('8 characters')
  await expect(add({ kind: 'webhook', url: 'http://example.org/', ca: 'no' })).rejects.toThrow('PEM')
  await expect(add({ kind: 'discord', url: 'https://discord.com/channels/1' })).rejects.toThrow('webhook of Discord')
  await expect(add({ kind: 'ntfy', server: 'http://h', topic: 'a/b' })).rejects.toThrow('letters, digits')
  await expect(add({ kind: 'ntfy', server: 'http://h', topic: 'a', token: 'x\r\nHost: y' })).rejects.toMatchObject({
    code: 'channel-invalid',
  })
  await expect(add({ kind: 'home-assistant', server: 'http://h', webhook: '../x' })).rejects.toThrow('webhook ID')
  await expect(add({ ...mail, to: [] })).rejects.toThrow('recipient')
  await expect(add({ ...mail, to: ['b@example.org\r\nBcc: c@example.org'] })).rejects.toThrow('such as ada@')
  await expect(add({ ...mail, from: 'Ada <a@example.org>' })).rejects.toThrow('such as ada@')
  await expect(add({ ...mail, host: 'smtp example' })).rejects.toThrow('host name')
  await expect(add({ ...mail, port: Number.NaN, to: ['ada@example.org', 'bob'] })).rejects.toMatchObject({
    fields: { port: 'Must be a number.', to: '“bob” must be an address such as ada@example.org.' },
  })
  await expect(add({ ...mail, extra: 1 })).rejects.toMatchObject({ code: 'channel-invalid' })
  await expect(add(mail, 'two\nlines')).rejects.toThrow('one line')
  await add(mail, 'Twice')
  await expect(add(mail, 'Twice')).rejects.toMatchObject({ code: 'channel-exists' })
  const { entries } = await listAudit()
  expect(entries.filter(({ what, outcome }) => what === 'channel.add' && outcome === 'refused')).toHaveLength(18)
})

test('each channel gets what reaches its level, and the end of what it was told', async () => {
  await addChannel({ name: 'all', config: webhook, leastLevel: 'info', by })
  await addChannel({ name: 'grave', config: webhook, leastLevel: 'critical', by })
  const off = await addChannel({ name: 'off', config: webhook, leastLevel: 'info', by })
  await changeChannel({ id: off.id, enabled: false, by })
  const { cluster, ids } = await fire(['critical', 'warning', 'info'])
  expect((await events()).toSorted()).toEqual([
    ...['all fired queued', 'all fired queued', 'all fired queued', 'grave fired queued'],
  ])
  await fire(['critical', 'critical', 'info'], 'over', cluster, ids)
  const over = (await events()).filter((line) => line.includes('over')).toSorted()
  expect(over).toEqual(['all over queued', 'all over queued', 'all over queued', 'grave over queued'])
})

test('many workers at once: every message is claimed by one, all of a channel together', async () => {
  for (let at = 0; at < 4; at++) await channel()
  await fire(Array.from({ length: 12 }, () => 'warning' as const))
  const claimed = (await Promise.all(Array.from({ length: 12 }, (_, at) => claimDeliveries(`w${at}`)))).filter(
    (batch) => batch !== null,
  )
  const ids = claimed.flatMap(({ deliveries }) => deliveries.map(({ id }) => id))
  expect(ids).toHaveLength(48)
  expect(new Set(ids).size).toBe(48)
  expect(claimed.map(({ deliveries }) => deliveries.length)).toEqual([12, 12, 12, 12])
  expect(new Set(claimed.map(({ channel }) => channel.id)).size).toBe(4)
  expect(await claimDeliveries('late')).toBeNull()
})

test('a batch holds what the message needs', async () => {
  await channel()
  await fire(['critical'])
  const batch = (await claimDeliveries('w1'))!
  expect(batch.config).toEqual(webhook)
  expect(batch.deliveries[0]).toMatchObject({
    event: 'fired',
    alert: { rule: 'disk-full', title: 'Disk almost full', level: 'critical', node: 'pi-1', timezone: 'Etc/UTC' },
  })
})

test('it waits a little for others, and what gathers meanwhile goes with it', async () => {
  await channel()
  const { cluster } = await fire(['warning'])
  await pool().query(`update alert_delivery set next_try = now() + interval '5 seconds'`)
  expect(await claimDeliveries('w1')).toBeNull()
  expect(await nextDelivery()).toBeGreaterThan(3_000)
  await due()
  await fire(['warning', 'warning'], 'fired', (await watchedCluster()).id)
  await pool().query(
    `update alert_delivery set next_try = now() + interval '5 seconds' where alert_id in
    (select id from alert where cluster_id <> $1)`,
    [cluster],
  )
  expect((await claimDeliveries('w1'))!.deliveries).toHaveLength(3)
})

const trouble = { code: 'refused', message: 'It refuses.', cure: 'Look.' }

test('what fails is tried again, later and later, for a day; then it has failed', async () => {
  await channel()
  await fire(['warning'])
  const waits: number[] = []
  for (let attempt = 1; attempt <= 12; attempt++) {
    const batch = (await claimDeliveries('w1'))!
    await endDeliveries({ owner: 'w1', ids: batch.deliveries.map(({ id }) => id) }, { trouble, again: true })
    const [view] = await listDeliveries()
    expect(view).toMatchObject({ state: 'queued', attempts: attempt, trouble })
    waits.push(Math.round((Date.parse(view!.nextTry!) - Date.now()) / 1000))
    await due()
  }
  expect(waits.slice(0, 4).map((wait) => Math.round(wait / 5) * 5)).toEqual([10, 20, 40, 80])
  expect(Math.max(...waits)).toBeLessThanOrEqual(3600)
  expect(waits.at(-1)).toBeGreaterThan(3500)
  expect((await listChannels())[0]!.last).toMatchObject({ state: 'retrying', trouble })
  await pool().query(`update alert_delivery set created_at = now() - interval '25 hours'`)
  const batch = (await claimDeliveries('w1'))!
  await endDeliveries({ owner: 'w1', ids: [batch.deliveries[0]!.id] }, { trouble, again: true })
  expect((await listDeliveries())[0]).toMatchObject({ state: 'failed', nextTry: null })
  expect((await listChannels())[0]!.last).toMatchObject({ state: 'failed' })
})

test('what cannot go better is not tried again; what asks for time gets it', async () => {
  await channel()
  await fire(['warning'])
  const ids = (await claimDeliveries('w1'))!.deliveries.map(({ id }) => id)
  await endDeliveries({ owner: 'w1', ids }, { trouble, again: true, after: 500 })
  const wait = Date.parse((await listDeliveries())[0]!.nextTry!) - Date.now()
  expect(wait).toBeGreaterThan(490_000)
  await due()
  await claimDeliveries('w1')
  await endDeliveries({ owner: 'w1', ids }, { trouble, again: false })
  expect((await listDeliveries())[0]!.state).toBe('failed')
})

test('a worker that was killed leaves its claim to the next one, and can no longer write', async () => {
  await channel()
  await fire(['warning'])
  const ids = (await claimDeliveries('w1'))!.deliveries.map(({ id }) => id)
  expect(await claimDeliveries('w2')).toBeNull()
  await pool().query(`update alert_delivery set claimed_until = now() - interval '1 second'`)
  expect((await claimDeliveries('w2'))!.deliveries).toHaveLength(1)
  await endDeliveries({ owner: 'w1', ids }, { answer: 'late' })
  expect((await listDeliveries())[0]!.state).toBe('sending')
  await endDeliveries({ owner: 'w2', ids }, { answer: '200' })
  expect((await listDeliveries())[0]).toMatchObject({ state: 'sent', attempts: 2, answer: '200' })
})

test('a test is sent alone, at once, also by a channel that is off, and never again', async () => {
  const id = await channel()
  await fire(['warning'])
  await changeChannel({ id, enabled: false, by })
  expect((await listDeliveries())[0]).toMatchObject({ state: 'failed', trouble: { code: 'channel-off' } })
  const asked = await testChannel({ id, by })
  const waiting = awaitDelivery(asked.id)
  const batch = (await claimDeliveries('w1'))!
  expect(batch.deliveries).toMatchObject([{ id: asked.id, event: 'test', alert: null, requestedBy: by }])
  await endDeliveries({ owner: 'w1', ids: [asked.id] }, { trouble, again: true })
  expect(await waiting).toMatchObject({ state: 'failed', trouble })
})

test('a test that no worker takes has failed, and is not sent later', async () => {
  const id = await channel()
  const asked = await testChannel({ id, by })
  expect(await awaitDelivery(asked.id, 100)).toMatchObject({ state: 'failed', trouble: { code: 'no-worker' } })
  const old = await testChannel({ id, by })
  await pool().query(`update alert_delivery set created_at = now() - interval '2 minutes' where id = $1`, [old.id])
  expect(await claimDeliveries('w1')).toBeNull()
})

test('a channel takes its messages with it; unknown ones are refused', async () => {
  const id = await channel()
  await fire(['warning'])
  await changeChannel({ id, leastLevel: 'critical', by })
  expect((await listChannels())[0]!.leastLevel).toBe('critical')
  await removeChannel({ id, by })
  expect(await listDeliveries()).toEqual([])
  for (const gone of [id, 'nonsense']) {
    await expect(removeChannel({ id: gone, by })).rejects.toMatchObject({ code: 'channel-unknown' })
    await expect(testChannel({ id: gone, by })).rejects.toMatchObject({ code: 'channel-unknown' })
    await expect(changeChannel({ id: gone, enabled: true, by })).rejects.toMatchObject({ code: 'channel-unknown' })
  }
  const { entries } = await listAudit()
  expect(entries.find(({ what, outcome }) => what === 'channel.remove' && outcome === 'done')?.target).toMatch(
    /^Channel/,
  )
})

test('what was sent a month ago is forgotten; what waits is not', async () => {
  await channel()
  await fire(['warning', 'warning'])
  await pool().query(`update alert_delivery set created_at = now() - interval '40 days'`)
  const [first] = await listDeliveries()
  await pool().query(`update alert_delivery set state = 'sent' where id = $1`, [first!.id])
  await sweepAlerts()
  await until('one is left', async () => (await listDeliveries()).length === 1)
})
