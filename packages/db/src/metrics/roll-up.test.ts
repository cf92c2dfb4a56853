import type { Sample } from '@bramble/cluster'
import { beforeAll, expect, test } from 'vitest'
import { until, useDatabase } from '../../test/database.ts'
import { nodeSample, watchedCluster } from '../../test/watching.ts'
import { pool, transaction } from '../store/connection.ts'
import { readSeries, recordTick, rollUp, type SeriesAsked } from './index.ts'
import { rolledTiers, type Tier } from './tiers.ts'

useDatabase()

const hour = 3600
/** The start of an hour, a bit more than a day ago. */
const base = Math.floor(Date.now() / 1000 / hour) * hour - 30 * hour
const at = (second: number) => new Date((base + second) * 1000)
const asked: SeriesAsked[] = ['cpu', 'temperature'].map((metric) => ({ kind: 'node', node: 'pi-1', name: '', metric }))

let id: string
let name: string
beforeAll(async () => {
  ;({ id, name } = await watchedCluster())
})

interface Known {
  second: number
  cpu: number
  temperature: number | null
}
const known: Known[] = []

async function tick(second: number, cpu: number, temperature: number | null): Promise<void> {
  known.push({ second, cpu, temperature })
  const samples: Sample[] = [nodeSample('pi-1', { cpu, ...(temperature === null ? {} : { temperature }) })]
  await recordTick({ cluster: id, at: at(second), samples, states: [], events: [] })
}

/** Quarters and halves, so that every sum is exact. */
const cpuAt = (second: number) => (Math.floor(second / 7) % 5) / 4
const temperatureAt = (second: number) => (second % 35 === 0 ? null : 40 + (second % 11))

async function rows(tier: Tier) {
  const { rows: found } = await pool().query(
    `select extract(epoch from at)::int - $1 as second, count, average, highest
     from ${tier.table} join watch_subject on id = subject and cluster_id = $2 order by at`,
    [base, id],
  )
  return found as { second: number; count: number; average: (number | null)[]; highest: (number | null)[] }[]
}

/** By hand, from the samples: bins of this length, rolled up from the bins before. */
function byHand(lengths: number[], before: number) {
  interface Bin {
    second: number
    count: number
    cpu: [number, number]
    temperature: [number, number] | null
  }
  let bins: Bin[] = known.map(({ second, cpu, temperature }) => ({
    ...{ second, count: 1, cpu: [cpu, cpu] },
    temperature: temperature === null ? null : [temperature, temperature],
  }))
  for (const length of lengths) {
    const groups = new Map<number, Bin[]>()
    for (const bin of bins) {
      const second = Math.floor(bin.second / length) * length
      groups.set(second, [...(groups.get(second) ?? []), bin])
    }
    const folded = (group: Bin[], pick: (bin: Bin) => [number, number] | null): [number, number] | null => {
      const there = group.flatMap((bin) => (pick(bin) === null ? [] : [{ count: bin.count, figure: pick(bin)! }]))
      const weight = there.reduce((sum, { count }) => sum + count, 0)
      if (weight === 0) return null
      const sum = there.reduce((total, { count, figure }) => total + Math.fround(figure[0]) * count, 0)
      return [Math.fround(sum / weight), Math.max(...there.map(({ figure }) => figure[1]))]
    }
    bins = [...groups].map(([second, group]) => ({
      second,
      count: group.reduce((sum, { count }) => sum + count, 0),
      cpu: folded(group, ({ cpu }) => cpu)!,
      temperature: folded(group, ({ temperature }) => temperature),
    }))
  }
  return bins.filter(({ second }) => second + lengths.at(-1)! <= before).sort((a, b) => a.second - b.second)
}

const lengths = rolledTiers.map(({ seconds }) => seconds)

async function expectRolled(before: number): Promise<void> {
  for (const [place, tier] of rolledTiers.entries()) {
    if (tier.name === 'day') continue
    const found = await rows(tier)
    const expected = byHand(lengths.slice(0, place + 1), before)
    expect(found.map(({ second, count }) => [tier.name, second, count])).toEqual(
      expected.map(({ second, count }) => [tier.name, second, count]),
    )
    for (const [index, row] of found.entries()) {
      const { cpu, temperature } = expected[index]!
      expect([row.average[0], row.highest[0]]).toEqual([expect.closeTo(cpu[0], 6), cpu[1]])
      expect(row.average[13] ?? null).toEqual(temperature && expect.closeTo(temperature[0], 4))
      expect(row.highest[13] ?? null).toEqual(temperature?.[1] ?? null)
    }
  }
}

const fill = async (from: number, to: number) => {
  const seconds = Array.from({ length: Math.ceil((to - from) / 5) }, (_, place) => from + place * 5)
  for (let done = 0; done < seconds.length; done += 50)
    await Promise.all(
      seconds.slice(done, done + 50).map((second) => tick(second, cpuAt(second), temperatureAt(second))),
    )
}

test('equals the hand computation, leaves gaps as gaps, and does not touch what may still come', async () => {
  await fill(0, 2 * hour)
  await fill(2.5 * hour, 3 * hour)
  await rollUp(at(3 * hour + 14))
  await expectRolled(3 * hour - 60)
  await rollUp(at(3 * hour + 15))
  await expectRolled(3 * hour)
  expect((await rows(rolledTiers[0]!)).length).toBe(150)
})

test('after an outage all that was missed is caught up, by as many workers as like to; once more changes nothing', async () => {
  await fill(14 * hour, 14.5 * hour)
  await fill(26 * hour, 27 * hour)
  await Promise.all([1, 2, 3, 4].map(() => rollUp(at(27 * hour + 70))))
  await rollUp(at(27 * hour + 70))
  await expectRolled(27 * hour)
  const before = await Promise.all(rolledTiers.map(rows))
  await pool().query(
    `update history.rolled set until = date_bin(make_interval(secs => seconds), until - interval '20 hours', 'epoch')`,
  )
  await rollUp(at(27 * hour + 70))
  expect(await Promise.all(rolledTiers.map(rows))).toEqual(before)
})

test('a late sample is rolled up into all that was done without it', async () => {
  await tick(4 * hour + 1, 1, 99)
  await rollUp(at(27 * hour + 70))
  await expectRolled(27 * hour)
  expect((await rows(rolledTiers[2]!)).find(({ second }) => second === 4 * hour)).toMatchObject({ count: 1 })
})

test('a late sample that a roll-up under way did not see is rolled up by the next', async () => {
  let late: Promise<void> | undefined
  await transaction(async (client) => {
    await client.query(`select from history.rolled where tier = 'minute' for update`)
    late = tick(27 * hour + 75, 1, 99)
    await until('the late one waits', async () => {
      const { rows: waiting } = await pool().query(
        `select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`,
      )
      return waiting.length > 0
    })
    await client.query(`update history.rolled set until = $1 where tier = 'minute'`, [at(27 * hour + 120)])
  })
  await late
  await rollUp(at(27 * hour + 140))
  await expectRolled(27 * hour + 120)
})

test('a chart is the same before and after its samples are rolled up, up to the last tick', async () => {
  const ask = async (from: number, to: number, points: number) => {
    const answer = await readSeries({ cluster: name, series: asked, from: at(from), to: at(to), points })
    const [cpu, temperature] = answer.series
    // Rolled up, a temperature that was missing at times weighs a little more than its share.
    return { times: answer.times, step: answer.step, average: cpu!.average.map(rounded), highest: temperature!.highest }
  }
  const rounded = (value: number | null) => (value === null ? null : Number(value.toFixed(4)))
  await fill(28 * hour, 29 * hour + 600)
  for (const [from, to, points, step] of [
    [26 * hour, 29.5 * hour, 300, 60],
    [20 * hour, 29.5 * hour, 30, 1200],
    [0, 29.5 * hour, 30, 3600],
  ] as const) {
    await pool().query('update history.rolled set until = $1', [at(27 * hour)])
    const before = await ask(from, to, points)
    expect(before.step).toBe(step)
    expect(before.average.some((value) => value !== null)).toBe(true)
    await pool().query('delete from history.rolled')
    const fromRaw = await ask(from, to, points)
    await rollUp(at(29 * hour + 300))
    const after = await ask(from, to, points)
    expect(after).toEqual(before)
    expect(after).toEqual(fromRaw)
  }
})

test('what is left of bins whose samples are dropped does not replace them', async () => {
  const before = await rows(rolledTiers[0]!)
  const { rows: partitions } = await pool().query(
    `select inhrelid::regclass::text as name from pg_inherits where inhparent = 'history.sample_raw'::regclass order by 1`,
  )
  await pool().query(`drop table ${partitions[0].name}`)
  await pool().query(`update history.rolled set until = '1990-01-01'`)
  await rollUp(at(29 * hour + 300))
  expect(await rows(rolledTiers[0]!)).toEqual(before)
})
