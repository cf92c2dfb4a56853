import { randomUUID } from 'node:crypto'
import type { RuleName } from '@bramble/cluster'
import { expect, test } from 'vitest'
import { until, useDatabase } from '../../test/database.ts'
import { watchedCluster } from '../../test/watching.ts'
import { listAudit } from '../audit/index.ts'
import { removeCluster } from '../clusters/index.ts'
import { lastWork } from '../runs/index.ts'
import { prisma } from '../store/connection.ts'
import type { AlertRow } from './alert-settling.ts'
import {
  changeRule,
  countOpenAlerts,
  endSilence,
  followAlerts,
  listAlerts,
  readRuleSettings,
  settleAlerts,
  silenceAlerts,
  silencesOf,
  sweepAlerts,
} from './index.ts'

useDatabase()
const by = 'ada@example.org'
const ago = (minutes: number) => new Date(Date.now() - minutes * 60_000)

function row(change: Partial<AlertRow> = {}): AlertRow {
  return {
    ...{ id: null, rule: 'disk-full', node: 'pi-3', subject: '', state: 'open', level: 'warning' },
    ...{ words: 'The disk of pi-3 is 91 % full.', cure: 'Make room.', value: 0.91, since: ago(2), firedAt: ago(1) },
    ...{ absentSince: null, overAt: null, wordsAt: ago(1), times: 1, toldLevel: null },
    ...change,
  }
}

const write = (cluster: string, ...rows: AlertRow[]) =>
  settleAlerts({
    cluster,
    recent: ago(10),
    decide: () => ({ save: rows.map((row) => ({ row, tell: null })), drop: [] }),
  })

async function known(cluster: string, recent = ago(10)): Promise<AlertRow[]> {
  let seen: AlertRow[] = []
  const decide = (rows: AlertRow[]) => {
    seen = rows
    return { save: [], drop: [] }
  }
  await settleAlerts({ cluster, recent, decide })
  return seen
}

test('what is written comes back as it was, hostile text included', async () => {
  const { id } = await watchedCluster()
  const hostile = `"'<b>&${String.fromCharCode(10)}\u0000\ud800;--`
  await write(id, row({ subject: hostile, words: hostile, cure: hostile }))
  const [back] = await known(id)
  expect(back).toMatchObject({
    rule: 'disk-full',
    node: 'pi-3',
    level: 'warning',
    state: 'open',
    value: 0.91,
    times: 1,
  })
  expect(back!.words).toBe(`"'<b>&\n\u2400\ufffd;--`)
  expect(back!.subject).toBe(back!.words)
  await write(id, { ...back!, level: 'critical', absentSince: ago(0) })
  expect(await known(id)).toMatchObject([{ id: back!.id, level: 'critical' }])
})

test('the decision sees what is open, pending, or over since a moment ago, and nothing else', async () => {
  const { id } = await watchedCluster()
  const old = { state: 'over', firedAt: ago(90), overAt: ago(60) } as const
  await write(
    id,
    row({ state: 'pending', firedAt: null }),
    row({ rule: 'temperature' }),
    row({ rule: 'memory', state: 'over', overAt: ago(5) }),
    row({ rule: 'clock-off', ...old }),
  )
  const rules = (await known(id)).map(({ rule }) => rule)
  expect(rules.toSorted()).toEqual(['disk-full', 'memory', 'temperature'])
  const [pending] = await known(id)
  await settleAlerts({ cluster: id, recent: ago(10), decide: () => ({ save: [], drop: [pending!.id!] }) })
  expect(await known(id)).toHaveLength(2)
})

test('it also sees what was over shortly before a pending one began, however long ago that is', async () => {
  const { id } = await watchedCluster()
  const days = (count: number) => ago(count * 24 * 60)
  const over = (overAt: Date, change: Partial<AlertRow> = {}) =>
    row({ rule: 'security-update', state: 'over', firedAt: days(9), overAt, ...change })
  await write(
    id,
    row({ rule: 'security-update', state: 'pending', firedAt: null, since: days(7) }),
    over(new Date(days(7).getTime() - 60_000), { words: 'The same alert.' }),
    over(days(8), { words: 'Longer ago.' }),
    over(days(7), { words: 'Another node.', node: 'pi-4' }),
  )
  const seen = (await known(id)).filter(({ state }) => state === 'over')
  expect(seen.map(({ words }) => words)).toEqual(['The same alert.'])
})

test('two of a kind cannot be open at once, and two that decide at once wait for each other', async () => {
  const { id } = await watchedCluster()
  await write(id, row())
  await expect(write(id, row())).rejects.toThrow(/alert_one/)
  let running = 0
  let most = 0
  const begin = async (rule: RuleName) =>
    settleAlerts({
      cluster: id,
      recent: ago(10),
      decide: (rows) => {
        most = Math.max(most, ++running)
        running--
        return rows.some((entry) => entry.rule === rule)
          ? { save: [], drop: [] }
          : { save: [{ row: row({ rule }), tell: null }], drop: [] }
      },
    })
  const saved = await Promise.all(Array.from({ length: 8 }, () => begin('temperature')))
  expect(saved.filter((answer) => answer.saved.length > 0)).toHaveLength(1)
  expect(most).toBe(1)
})

test('open ones gravest first; those that are over page by page, newest first', async () => {
  const { id, name } = await watchedCluster()
  const over = (at: number) =>
    row({ state: 'over', firedAt: ago(at + 1), overAt: ago(at), words: `${at}`, subject: `${at}` })
  await write(
    id,
    row({ rule: 'upgrades-pending', level: 'info', firedAt: ago(1) }),
    row({ rule: 'disk-full', firedAt: ago(9) }),
    row({ rule: 'memory', firedAt: ago(3) }),
    row({ rule: 'node-down', level: 'critical', node: 'pi-1', firedAt: ago(20) }),
    row({ rule: 'quorum-lost', level: 'critical', node: null, state: 'pending', firedAt: null }),
    ...[10, 20, 30, 40, 50].map(over),
  )
  const open = await listAlerts({ cluster: name, open: true })
  expect(open.alerts.map(({ rule }) => rule)).toEqual(['node-down', 'memory', 'disk-full', 'upgrades-pending'])
  expect(open.alerts[0]).toMatchObject({ cluster: name, title: 'Node down', node: 'pi-1', overAt: null, silence: null })
  expect((await write(id)).open).toBe(3)
  expect((await countOpenAlerts())[name]).toEqual({ critical: 1, warning: 2, info: 1 })

  const words: string[] = []
  let before: string | undefined
  for (;;) {
    const page = await listAlerts({ cluster: name, limit: 2, before })
    words.push(...page.alerts.map((alert) => alert.words))
    if (page.next === null) break
    before = page.next
  }
  expect(words).toEqual(['10', '20', '30', '40', '50'])
  expect((await listAlerts({ cluster: 'no-such' })).alerts).toEqual([])
  await removeCluster({ cluster: name, typedName: name, by })
  expect(await countOpenAlerts()).not.toHaveProperty(name)
})

test('silences: of a rule, a node, or both; until they end, or are ended', async () => {
  const { id, name } = await watchedCluster()
  const other = await watchedCluster()
  await write(id, row(), row({ rule: 'temperature', node: 'pi-1' }), row({ rule: 'no-primary', node: null }))
  await write(other.id, row())
  const soon = new Date(Date.now() + 3_600_000)
  const silence = (rule: RuleName | null, node: string | null, until = soon) =>
    silenceAlerts({ cluster: name, rule, node, until, reason: ' new <fan> ', by })
  const silenced = async () =>
    (await listAlerts({ open: true })).alerts
      .filter((alert) => alert.silence)
      .map((alert) => `${alert.cluster} ${alert.rule}`)

  const one = await silence('disk-full', 'pi-3')
  expect(await silenced()).toEqual([`${name} disk-full`])
  expect(await silencesOf(name)).toMatchObject([{ rule: 'disk-full', node: 'pi-3', reason: 'new <fan>', by }])
  let seen: unknown
  await settleAlerts({
    cluster: id,
    recent: ago(1),
    decide: (_, silences) => {
      seen = silences
      return { save: [], drop: [] }
    },
  })
  expect(seen).toEqual([{ rule: 'disk-full', node: 'pi-3' }])
  await endSilence({ id: one.id, by })
  expect(await silenced()).toEqual([])
  await silence(null, 'pi-1')
  expect(await silenced()).toEqual([`${name} temperature`])
  await silence(null, null)
  expect((await silenced()).length).toBe(3)

  await expect(endSilence({ id: one.id, by })).rejects.toMatchObject({ code: 'silence-unknown' })
  await expect(endSilence({ id: 'x', by })).rejects.toMatchObject({ code: 'silence-unknown' })
  await expect(silence('disk-full', null, ago(1))).rejects.toThrow('passed already')
  await expect(silence('disk-full', null, new Date(8.64e15))).rejects.toThrow('a year at most')
  await expect(silence('disk-full', null, new Date(Number.NaN))).rejects.toMatchObject({ code: 'silence-invalid' })
  await expect(silence('nonsense' as RuleName, null)).rejects.toMatchObject({ code: 'silence-invalid' })
  await expect(silence(null, 'Pi; rm')).rejects.toMatchObject({ code: 'silence-invalid' })
  await expect(
    silenceAlerts({ cluster: 'none', rule: null, node: null, until: soon, reason: '', by }),
  ).rejects.toMatchObject({ code: 'cluster-unknown' })
  const { entries } = await listAudit()
  expect(entries.filter(({ what, outcome }) => what === 'alert.silence' && outcome === 'refused')).toHaveLength(6)
  expect(entries.find(({ what }) => what === 'alert.unsilence')).toMatchObject({ who: by })
})

test('rules: only what differs is kept, nonsense is refused with a sentence', async () => {
  const { id, name } = await watchedCluster()
  const change = (rule: RuleName, setting: Parameters<typeof changeRule>[0]['setting']) =>
    changeRule({ cluster: name, rule, setting, by })
  await change('disk-full', { enabled: true, holds: 30, thresholds: { warning: 0.7, critical: 0.95 } })
  await change('memory', { enabled: false })
  await change('temperature', { enabled: true, holds: 30 })
  expect(await readRuleSettings(id)).toEqual({
    'disk-full': { thresholds: { warning: 0.7 } },
    memory: { enabled: false },
  })
  expect(await readRuleSettings(name)).toEqual(await readRuleSettings(id))
  await change('memory', null)
  expect(Object.keys(await readRuleSettings(name))).toEqual(['disk-full'])

  await expect(change('disk-full', { thresholds: { warning: 3 } })).rejects.toThrow('must be from 0.01 to 1')
  await expect(change('disk-full', { thresholds: { warning: 0.97 } })).rejects.toThrow('must not come before')
  await expect(change('disk-full', { thresholds: { warm: 1 } })).rejects.toThrow('no threshold warm')
  await expect(change('certificate-ending', { thresholds: { critical: 0.3 } })).rejects.toThrow('must not come before')
  await expect(change('disk-full', { holds: -1 })).rejects.toMatchObject({ code: 'rule-invalid' })
  await expect(change('disk-full', { thresholds: { warning: Number.NaN } })).rejects.toMatchObject({
    code: 'rule-invalid',
  })
  await expect(change('x' as RuleName, { holds: 1 })).rejects.toThrow('rule does not exist')
  await expect(changeRule({ cluster: 'none', rule: 'memory', setting: null, by })).rejects.toMatchObject({
    code: 'cluster-unknown',
  })
  // A row of another Bramble is passed over.
  await prisma().alertRule.create({ data: { clusterId: id, rule: 'comet-near', setting: {}, changedBy: by } })
  expect(Object.keys(await readRuleSettings(name))).toEqual(['disk-full'])
})

test('followers see an alert come and go', async () => {
  const { id, name } = await watchedCluster()
  const ending = new AbortController()
  const seen: string[][] = []
  const following = (async () => {
    for await (const alerts of followAlerts({ cluster: name, signal: ending.signal }))
      seen.push(alerts.map((alert) => `${alert.rule} ${alert.silence ? 'silenced' : ''}`.trim()))
  })()
  await until('the first view', () => seen.length === 1)
  await write(id, row())
  await until('the alert is seen', () => seen.at(-1)?.[0] === 'disk-full')
  await silenceAlerts({ cluster: name, rule: null, node: null, until: new Date(Date.now() + 60_000), reason: '', by })
  await until('the silence is seen', () => seen.at(-1)?.[0] === 'disk-full silenced')
  const [alert] = await known(id)
  await write(id, { ...alert!, state: 'over', overAt: ago(0) })
  await until('it is over', () => seen.at(-1)?.length === 0)
  ending.abort()
  await following
  expect(seen).toEqual([[], ['disk-full'], ['disk-full silenced'], []])
})

test('the newest run that was to change something', async () => {
  const { id } = await watchedCluster()
  expect(await lastWork(id)).toBeNull()
  const ran = (kind: string, status: string, endedAt: Date, change: object = {}) =>
    prisma().run.create({
      data: { clusterId: id, kind, status, endedAt, request: { kind }, spec: {}, requestedBy: by, ...change },
    })
  const trouble = { code: 'preflight', message: 'pi-2 is full.', cure: 'Make room.' }
  const failed = await ran('provision', 'failed', ago(9), { trouble })
  await ran('plan', 'failed', ago(5))
  await ran('reprovision', 'cancelled', ago(4))
  expect(await lastWork(id)).toMatchObject({ id: failed.id, status: 'failed', message: 'pi-2 is full.' })
  await ran('provision', 'succeeded', ago(3))
  expect(await lastWork(id)).toMatchObject({ status: 'succeeded' })
})

test('what is long over is forgotten', async () => {
  const { id, name } = await watchedCluster()
  const days = (count: number) => ago(count * 24 * 60)
  await write(
    id,
    row({ state: 'over', firedAt: days(400), overAt: days(390), rule: 'memory' }),
    row({ state: 'over', firedAt: days(30), overAt: days(29) }),
    row({ firedAt: days(500), rule: 'card-worn' }),
  )
  await prisma().silence.create({
    data: { id: randomUUID(), clusterId: id, until: days(400), reason: '', madeBy: by },
  })
  await sweepAlerts()
  expect((await listAlerts({ cluster: name })).alerts.map(({ rule }) => rule)).toEqual(['disk-full'])
  expect((await listAlerts({ cluster: name, open: true })).alerts.map(({ rule }) => rule)).toEqual(['card-worn'])
  expect(await prisma().silence.count({ where: { clusterId: id } })).toBe(0)
})
