import { metrics } from '@bramble/cluster'
import { expect, test } from 'vitest'
import { exposition } from './exposition.ts'

const lines = (text: string) => text.split('\n').filter(Boolean)

test('names, help, types, labels and base units', () => {
  const text = exposition({
    figures: [
      { cluster: 'shelf', kind: 'node', node: 'pi-1', name: '', values: { cpu: 0.25, roundTrip: 12 } },
      { cluster: 'shelf', kind: 'node', node: 'pi-2', name: '', values: { cpu: 0 } },
      { cluster: 'shelf', kind: 'postgres', node: 'pi-1', name: '', values: { tempBytes: 1e21, lagSeconds: 2.5 } },
      { cluster: 'shelf', kind: 'cluster', node: '', name: '', values: { writable: 1 } },
    ],
    looks: [
      {
        cluster: 'shelf',
        age: 3.2,
        nodes: [
          { node: 'pi-1', up: true },
          { node: 'pi-2', up: false },
        ],
      },
    ],
  })
  expect(text).toBe(`# HELP bramble_watch_age_seconds Time since the newest sample of a node of the cluster (seconds).
# TYPE bramble_watch_age_seconds gauge
bramble_watch_age_seconds{cluster="shelf"} 3.2
# HELP bramble_node_up The node was reachable at the last sample (1 yes, 0 no).
# TYPE bramble_node_up gauge
bramble_node_up{cluster="shelf",node="pi-1"} 1
bramble_node_up{cluster="shelf",node="pi-2"} 0
# HELP bramble_cluster_writable Writable of the cluster (1 yes, 0 no).
# TYPE bramble_cluster_writable gauge
bramble_cluster_writable{cluster="shelf"} 1
# HELP bramble_node_cpu_ratio CPU of a node (ratio from 0 to 1).
# TYPE bramble_node_cpu_ratio gauge
bramble_node_cpu_ratio{cluster="shelf",node="pi-1"} 0.25
bramble_node_cpu_ratio{cluster="shelf",node="pi-2"} 0
# HELP bramble_node_round_trip_seconds Round trip of a node (seconds).
# TYPE bramble_node_round_trip_seconds gauge
bramble_node_round_trip_seconds{cluster="shelf",node="pi-1"} 0.012
# HELP bramble_postgres_temp_bytes_per_second Temp bytes of PostgreSQL on a node (bytes per second).
# TYPE bramble_postgres_temp_bytes_per_second gauge
bramble_postgres_temp_bytes_per_second{cluster="shelf",node="pi-1"} 1e+21
# HELP bramble_postgres_lag_seconds Lag seconds of PostgreSQL on a node (seconds).
# TYPE bramble_postgres_lag_seconds gauge
bramble_postgres_lag_seconds{cluster="shelf",node="pi-1"} 2.5
`)
})

test('a hostile name stays inside of its label', () => {
  const name = 'a"} 1\nbramble_node_up{x="\\'
  const text = exposition({
    figures: [{ cluster: 'shelf', kind: 'server', node: 'pi-1', name, values: { up: 1 } }],
    looks: [],
  })
  expect(lines(text)).toHaveLength(3)
  expect(lines(text)[2]).toBe(
    String.raw`bramble_server_up{cluster="shelf",node="pi-1",name="a\"} 1\nbramble_node_up{x=\"\\"} 1`,
  )
})

test('every measure has a name of its own that Prometheus takes', () => {
  const figures = Object.entries(metrics).map(([kind, units]) => ({
    ...{ cluster: 'shelf', kind: kind as keyof typeof metrics, node: 'pi-1', name: '' },
    values: Object.fromEntries(Object.keys(units).map((metric) => [metric, 1])),
  }))
  const names = lines(exposition({ figures, looks: [{ cluster: 'shelf', age: 1, nodes: [{ node: 'a', up: true }] }] }))
    .filter((line) => line.startsWith('# TYPE'))
    .map((line) => line.split(' ')[2]!)
  expect(names.length).toBe(2 + figures.reduce((sum, { values }) => sum + Object.keys(values).length, 0))
  expect(new Set(names).size).toBe(names.length)
  for (const name of names) expect(name).toMatch(/^bramble_[a-z][a-z0-9]*(_[a-z0-9]+)*$/)
})
