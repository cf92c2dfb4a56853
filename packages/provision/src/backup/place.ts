/** Where work with the repository is done, and the questions that are asked there. */
import { type ClusterSpec, type NodeSpec, nodesWith, type RepositoryState, repositoryNode } from '@bramble/cluster'
import type { Pulse } from '../engine/pulse.ts'
import { Trouble } from '../engine/types.ts'
import { infoArgv, repositoryState } from '../facts/backup.ts'
import type { Rolling } from '../rollout/rollout.ts'
import { explainBackup } from './words.ts'

export function nodeNamed(spec: ClusterSpec, name: string): NodeSpec {
  const node = spec.nodes.find((entry) => entry.name === name)
  if (!node) throw new Error(`No node is named ${name}`)
  return node
}

/** Trouble `no-backups` when the spec has no section for them. */
export function refuseWithout(spec: ClusterSpec): void {
  if (spec.backup) return
  throw new Trouble('no-backups', `${spec.name} has no backup repository yet.`, 'Set up backups on the Backups page.')
}

/** Backups are made by who holds the repository; one that lies elsewhere is written by the primary. */
export function runnerOf(spec: ClusterSpec, pulse: Pulse): NodeSpec {
  refuseWithout(spec)
  const keeper = repositoryNode(spec)
  if (keeper) return keeper
  if (pulse.primary) return nodeNamed(spec, pulse.primary)
  throw new Trouble(
    'no-primary',
    'The cluster has no primary, and only the primary writes to the repository.',
    'Bring the Pis back online first; the Stack page shows what is wrong.',
  )
}

/** Who can read the repository: its keeper, else any copy that answers. */
export async function readRepository(
  input: Pick<Rolling, 'spec' | 'fleet'> & { signal?: AbortSignal },
): Promise<RepositoryState> {
  const { spec, fleet, signal } = input
  refuseWithout(spec)
  const keeper = repositoryNode(spec)
  let last: unknown
  for (const node of keeper ? [keeper] : nodesWith(spec, 'postgres'))
    try {
      const transport = await fleet.connect(node, signal)
      const options = { as: 'root' as const, timeout: 120_000, ...(signal ? { signal } : {}) }
      const { code, stdout, stderr } = await transport.exec(infoArgv(spec.name), options)
      if (code === 0) {
        const { backups, walNewest, trouble } = repositoryState(stdout)
        if (trouble === null) return { backups, walNewest, trouble }
        last = unreadable(trouble)
      } else last = unreadable(stderr || stdout)
    } catch (error) {
      last = error
    }
  throw last
}

function unreadable(words: string): Trouble {
  const known = explainBackup(words)
  if (known) return new Trouble(known.code, known.message, known.cure)
  return new Trouble(
    'repository-unreadable',
    `pgBackRest cannot read the repository: ${words.trim().slice(-400)}`,
    'Press Reprovision and approve the plan if it has changes. If not, check the disk of the repository.',
  )
}
