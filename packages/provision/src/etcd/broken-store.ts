/**
 * A member that cannot read its own store any more, after a power cut or on a dying card: the store is set aside and the
 * member taken out, so that it joins anew and copies the store from the others. Only while a majority stands without it.
 */

import { command } from '../engine/command.ts'
import { because, type RoleContext, type Step, settled } from '../engine/types.ts'
import { etcdHealth } from '../facts/etcd.ts'
import { endpointsOf, etcdData, etcdStore, peerUrl, rosterChange, rosterOf } from './members.ts'

/** A few starts of etcd, each of which ends within seconds when the store is broken. */
export const etcdJournal = command(
  ['journalctl', '--unit=etcd.service', '--boot', '--since=-60s', '--lines=400', '--output=cat', '--no-pager'],
  { timeout: 15 },
)

const broken =
  /crc mismatch|cannot be repaired|invalid database|checksum error|file corrupt|out of range \[lastIndex|wal: (file not found|slice bounds)|failed to (open|recover|find)[^"]*(database|snapshot|wal|backend)|freepages: failed|unexpected fault address/i
/** The card is full, read-only or gone: a new store would fare no better, and the old one may be whole. */
const card = /no space left|read-only file system|input\/output error|permission denied/i

/** What etcd says of its store; null: nothing that makes it unreadable. */
export function storeComplaint(journal: string): string | null {
  if (card.test(journal)) return null
  const line = journal.split('\n').findLast((text) => broken.test(text))
  if (!line) return null
  const { error, msg } = /^\{/.test(line) ? (parsed(line) ?? {}) : {}
  return String(error ?? msg ?? line).slice(0, 200)
}

function parsed(line: string): { error?: unknown; msg?: unknown } | null {
  try {
    return JSON.parse(line) as { error?: unknown; msg?: unknown }
  } catch {
    return null
  }
}

export function brokenStore({ spec, node }: RoleContext): Step {
  const roster = rosterOf(spec)
  return {
    id: 'etcd/store',
    title: `Replace the damaged etcd data on ${node.name}`,
    reads: [etcdHealth, etcdStore, roster, etcdJournal],
    check(facts) {
      if (facts.of(etcdHealth).healthy || facts.of(etcdStore).kind === 'absent') return settled
      // Without a majority of the others its store may be needed: then people decide.
      if (!facts.of(roster)?.some(({ peer }) => peer === peerUrl(node))) return settled
      const complaint = storeComplaint(facts.of(etcdJournal).stdout)
      return complaint === null ? settled : because(`etcd cannot read its data: ${complaint}`)
    },
    apply(facts) {
      const own = facts.of(roster)?.find(({ peer }) => peer === peerUrl(node))
      return [
        { kind: 'run', argv: ['systemctl', 'stop', 'etcd.service'], timeout: 120 },
        { kind: 'run', argv: ['rm', '-rf', `${etcdData}.broken`] },
        { kind: 'run', argv: ['mv', etcdData, `${etcdData}.broken`] },
        ...(own ? [rosterChange({ what: 'remove', ids: [own.id], endpoints: endpointsOf(spec) })] : []),
      ]
    },
    patience: 60,
    cure: 'A majority of the other etcd members must be online. Then press Retry.',
  }
}
