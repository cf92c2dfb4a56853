import { ClusterSpec } from '@bramble/cluster'
import type { DrillView } from '@bramble/db/runs'
import { expect, test } from 'vitest'
import { reportFormats } from './report.ts'

const spec = ClusterSpec.parse({
  name: 'shelf',
  vip: '10.0.0.100',
  synchronous: true,
  nodes: [{ name: 'pi-1', address: '10.0.0.11', roles: ['etcd', 'postgres'] }],
})
const drill: DrillView = {
  ...{ run: 'a1b2', at: '2026-01-02T03:04:05.000Z', class: 'network-cut', node: 'pi-1' },
  ...{ synchronous: true, preset: 'fast', verdict: 'held', faultAt: '2026-01-02T03:03:00.000Z' },
  ...{ writeOutage: 28.66, siteOutage: null, acknowledged: 681, lost: 0, failedWrites: 19 },
  ...{ requests: 0, failedRequests: 0, secondsToWhole: 64, message: '=cut, "said" somebody' },
}
const report = { spec, drills: [drill], now: new Date('2026-01-03T00:00:00Z') }

test('CSV: a head, a line a drill, nothing that a spreadsheet would run', () => {
  const [head, line, end] = reportFormats.csv.write(report).split('\r\n')
  expect(head).toMatch(/^at,class,node,.*,message$/)
  expect(line).toBe(
    `2026-01-02T03:04:05.000Z,network-cut,pi-1,true,fast,held,28.66,,681,0,19,0,0,64,a1b2,"'=cut, ""said"" somebody"`,
  )
  expect(end).toBe('')
})

test('JSON: everything as it was measured, with the summary', () => {
  const said = JSON.parse(reportFormats.json.write(report))
  expect(said.drills).toEqual([drill])
  expect(said.summary).toMatchObject([{ class: 'network-cut', count: 1, writes95: 28.66, lost: 0 }])
})

test('Markdown: both tables, and what was not measured is a dash', () => {
  const text = reportFormats.md.write(report)
  expect(text).toContain('| Network cut | synchronous | 1 | 28.7 s | 28.7 s | – | 64.0 s | 0 |')
  expect(text).toContain('| 2026-01-02 03:04 UTC | Network cut | pi-1 | Passed | 28.7 s | – | 0 | 0 / 0 | 64.0 s |')
})
