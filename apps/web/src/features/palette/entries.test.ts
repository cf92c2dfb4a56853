import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { groupsOf, type PaletteIndex } from './entries.ts'
import type { Entry } from './entry.ts'

const about = { rule: 'temperature', node: 'pi-2', silenced: false } as const
const index: PaletteIndex = {
  clusters: [
    { name: 'attic', nodes: ['pi-1'], apps: [], built: false, busy: true },
    { name: 'shelf', nodes: ['pi-1', 'pi-2'], apps: ['shop'], built: true, busy: false },
  ],
  runs: [
    {
      ...{ href: '/runs/1', title: 'Drain pi-3 in web', status: 'running', at: '2026-11-26T10:00:00.000Z' },
      cluster: 'shelf',
    },
  ],
  alerts: [{ id: 'a1', title: 'Disk', words: 'The card of pi-2 is 95 % full.', cluster: 'shelf', ...about }],
}

const entriesFor = (...args: Parameters<typeof groupsOf>) => groupsOf(...args).flatMap(({ entries }) => entries)
const titles = (entries: readonly Entry[]) => entries.map(({ title }) => title)

describe('what is offered', () => {
  it('leads everybody everywhere that they may go', () => {
    const viewer = titles(entriesFor(index, 'viewer', null))
    for (const title of [
      'attic',
      'shelf',
      'pi-2',
      'PostgreSQL',
      'Drain pi-3 in web',
      'Alerts',
      'Theme: Dark',
      'Sign out',
    ])
      expect(viewer).toContain(title)
  })
  it('leads to apps, and offers operators what can be asked of them', () => {
    const places = (role: 'viewer' | 'operator') =>
      entriesFor(index, role, null).flatMap(({ title, deed }) =>
        deed.do === 'go' && deed.href.includes('/apps') ? [`${title} ${deed.href}`] : [],
      )
    expect(places('viewer')).toEqual([
      'Apps /clusters/attic/apps',
      'Apps /clusters/shelf/apps',
      'shop /clusters/shelf/apps/shop',
    ])
    expect(places('operator')).toEqual(
      expect.arrayContaining([
        'Deploy an app to shelf… /clusters/shelf/apps',
        'Deploy a new release of shop… /clusters/shelf/apps/shop?do=deploy',
        'Restart shop… /clusters/shelf/apps/shop?do=restart',
        'Roll shop back… /clusters/shelf/apps/shop?do=rollback',
      ]),
    )
    expect(places('operator').join()).not.toContain('to attic')
    const ids = entriesFor(index, 'operator', null).map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
  })
  it('lets those act who may', () => {
    const acting = [
      'Plan shelf',
      'Reprovision shelf…',
      'Provision attic…',
      'Flash cards for shelf…',
      'New cluster…',
      'Audit',
    ]
    expect(titles(entriesFor(index, 'operator', null))).toEqual(expect.arrayContaining(acting))
    for (const title of acting) expect(titles(entriesFor(index, 'viewer', null))).not.toContain(title)
    expect(titles(entriesFor(index, 'operator', null))).not.toContain('People')
    expect(titles(entriesFor(index, 'admin', null))).toContain('People')
  })
  it('offers what can be asked of a cluster that serves, by role', () => {
    const admin = titles(entriesFor(index, 'admin', 'shelf'))
    const operator = titles(entriesFor(index, 'operator', 'shelf'))
    const acting = [
      'Switch primary of shelf…',
      'Restart a service of shelf…',
      'Update packages of shelf…',
      'Upgrade PostgreSQL of shelf…',
      'Pause or resume Patroni of shelf…',
      'Shut down shelf…',
      'Back up shelf now…',
      'Add a Pi to shelf…',
      'Drill: Primary killed…',
      'Reboot pi-2…',
      'Reinitialize the replica on pi-2…',
      'Replace pi-2…',
      'Remove pi-2 from the cluster…',
    ]
    expect(operator).toEqual(expect.arrayContaining(acting))
    expect(titles(entriesFor(index, 'viewer', 'shelf')).filter((title) => acting.includes(title))).toEqual([])
    expect([admin, operator].map((all) => all.includes('Restore the database of shelf…'))).toEqual([true, false])
    // Nothing serves in the attic yet.
    expect(admin.filter((title) => /attic/.test(title))).toEqual([
      'Plan attic',
      'Provision attic…',
      'Flash cards for attic…',
      'attic',
    ])
  })
  it('names the Pis to act on where one is, so that ten clusters do not fill the list', () => {
    expect(titles(entriesFor(index, 'operator', null))).not.toContain('Reboot pi-2…')
  })
  it('says why a cluster cannot be operated now', () => {
    const clusters = index.clusters.map((cluster) => ({ ...cluster, built: true, busy: true }))
    const deeds = entriesFor({ ...index, clusters }, 'operator', 'shelf').filter(({ id }) => id.startsWith('do '))
    expect(deeds.length).toBeGreaterThan(20)
    expect(new Set(deeds.map(({ reason }) => reason))).toEqual(new Set(['Another run is in progress']))
  })
  it('says why something cannot be done now', () => {
    const plans = entriesFor(index, 'operator', null).filter(({ id }) => id.startsWith('plan '))
    expect(plans.map(({ title, reason }) => [title, reason])).toEqual([
      ['Plan attic', 'Another run is in progress'],
      ['Plan shelf', undefined],
    ])
  })
  it('offers to silence what is open and not silent yet, to those who may', () => {
    const silences = (role: 'viewer' | 'operator', silenced = false) =>
      titles(entriesFor({ ...index, alerts: [{ ...index.alerts[0]!, silenced }] }, role, null)).filter((title) =>
        title.startsWith('Silence'),
      )
    expect(silences('operator')).toEqual(['Silence for 1 hour: Disk (pi-2)'])
    expect([silences('viewer'), silences('operator', true)]).toEqual([[], []])
  })
  it('puts the cluster of the page first', () => {
    expect(groupsOf(index, 'operator', 'shelf')[0]?.entries[0]?.title).toBe('Plan shelf')
  })
  it('has the pages before clusters and runs have come', () => {
    const early = titles(entriesFor(null, 'viewer', null))
    expect(early).toEqual(expect.arrayContaining(['Runs', 'Sign out']))
  })
  it('names each entry once, so that choosing one never does another', () => {
    const ids = entriesFor(index, 'admin', null).map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
  })
})

it('leads to pages that are there', () => {
  const app = fileURLToPath(new URL('../../app', import.meta.url))
  const pages = readdirSync(app, { recursive: true, encoding: 'utf8' })
    .filter((file) => /(^|\/)page\.tsx$/.test(file))
    .map((file) => `/${file.replace(/\/?page\.tsx$/, '').replace(/\([^)]*\)\/?/g, '')}`.replace(/(.)\/$/, '$1'))
  const patterns = pages.map((page) => new RegExp(`^${page.replace(/\[[^\]]+\]/g, '[^/]+')}$`))
  const missing = entriesFor(index, 'admin', null)
    .flatMap(({ deed }) => (deed.do === 'go' ? [deed.href.replace(/[?#].*/, '')] : []))
    .filter((href) => !patterns.some((pattern) => pattern.test(href)))
  expect(missing).toEqual([])
})
