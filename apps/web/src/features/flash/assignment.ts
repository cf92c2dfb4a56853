/** Which card goes into which Pi, while it is being chosen. Pure. */
import type { CardIdentity } from '@bramble/cluster'

/** Node → key of a card. One card a node, one node a card. */
export type Assignment = Readonly<Record<string, string>>

/** The card and this insertion of it: put in again, or another one in the same reader, is another key. */
export function keyOf({ path, size, serial, cid, diskseq }: CardIdentity): string {
  return JSON.stringify([path, size, serial, cid, diskseq])
}

export function nodeOf(assignment: Assignment, key: string): string | null {
  return Object.keys(assignment).find((node) => assignment[node] === key) ?? null
}

/** The card leaves the node it was given to; a card that was there changes places with it. */
export function assign(assignment: Assignment, node: string, key: string): Assignment {
  const from = nodeOf(assignment, key)
  if (from === node) return assignment
  const { [from ?? '']: _, ...rest } = assignment
  const there = assignment[node]
  return { ...rest, [node]: key, ...(from !== null && there !== undefined ? { [from]: there } : {}) }
}

export function unassign(assignment: Assignment, key: string): Assignment {
  const from = nodeOf(assignment, key)
  if (from === null) return assignment
  const { [from]: _, ...rest } = assignment
  return rest
}

/** Free cards in their order into empty nodes in theirs. What was chosen by hand stays. */
export function assignInOrder(assignment: Assignment, nodes: readonly string[], keys: readonly string[]): Assignment {
  const free = keys.filter((key) => nodeOf(assignment, key) === null)
  const next: Record<string, string> = { ...assignment }
  for (const node of nodes) {
    if (next[node] !== undefined) continue
    const key = free.shift()
    if (key === undefined) break
    next[node] = key
  }
  return next
}

/** Without cards that are gone and nodes that are not of the cluster. The same object when nothing went. */
export function prune(assignment: Assignment, nodes: readonly string[], keys: ReadonlySet<string>): Assignment {
  const left = Object.entries(assignment).filter(([node, key]) => nodes.includes(node) && keys.has(key))
  return left.length === Object.keys(assignment).length ? assignment : Object.fromEntries(left)
}
