/** Colours of curves: one a node across the whole app, and others for measures that belong to no node. Tokens: globals.css. */
import type { ClusterSpec } from '@bramble/cluster'
import type { Look } from './curve.ts'

export const nodeColours = 8
/** From the ninth node on the colours come again, dashed. */
const dashes = [undefined, '6 3', '2 3', '8 3 2 3']

export function placeLook(place: number): Look {
  const colour = `var(--node-${(place % nodeColours) + 1})`
  const dash = dashes[Math.floor(place / nodeColours) % dashes.length]
  return dash ? { colour, dash } : { colour }
}

/** By the node's place in the cluster. One that has left it is grey. */
export function nodeLook(spec: ClusterSpec, node: string): Look {
  const place = spec.nodes.findIndex(({ name }) => name === node)
  return place < 0 ? { colour: 'var(--muted)' } : placeLook(place)
}

/** For measures side by side: strong, middle, pale; then what wants an eye, and what is wrong. */
export const looks = {
  strong: { colour: 'var(--measure-1)' },
  middle: { colour: 'var(--measure-2)' },
  pale: { colour: 'var(--measure-3)' },
  warn: { colour: 'var(--warn)' },
  bad: { colour: 'var(--bad)' },
  good: { colour: 'var(--ok)' },
  accent: { colour: 'var(--primary)' },
  limit: { colour: 'var(--muted)', dash: '5 4' },
} as const satisfies Record<string, Look>
