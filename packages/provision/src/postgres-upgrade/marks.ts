/** What an upgrade notes on the nodes, so that whoever takes over, finishes or goes back knows what was begun. */
import { type ClusterSpec, PostgresVersion } from '@bramble/cluster'
import { z } from 'zod'
import { fileState } from '../engine/file.ts'
import { because, type Step, settled } from '../engine/types.ts'
import { dataFolder } from '../roles/postgres/patroni.yml.ts'

const begunPath = '/var/lib/bramble/postgres-upgrade.json'
/** The program on the node writes it too. */
const donePath = '/var/lib/bramble/postgres-upgraded.json'
const preparedPath = '/var/lib/bramble/postgres-prepared'
export const preparedMark = fileState(preparedPath)

export const begunMark = fileState(begunPath, { content: true })
const doneMark = fileState(donePath, { content: true })

export const Begun = z.object({
  /** When it was asked for, as ISO time. */
  token: z.string(),
  /** The primary of then: its old data have every write that was acknowledged before. */
  node: z.string(),
  from: PostgresVersion,
  to: PostgresVersion,
})
export type Begun = z.infer<typeof Begun>

export function begunOf(text: string | null): Begun | null {
  try {
    return Begun.parse(JSON.parse(text ?? 'null'))
  } catch {
    return null
  }
}

/** Of the node whose data are carried over: true when they are. */
export const carriedOver = {
  fact: doneMark,
  holds: (content: string | null, { token }: Begun) => content?.includes(JSON.stringify(token)) ?? false,
}

/** What is done once the new version serves. */
const afterParts = ['extensions', 'analyze'] as const
export const afterPath = (part: (typeof afterParts)[number]) => `/var/lib/bramble/postgres-upgrade-${part}`

/** Notes what is begun; on a node that will be cloned what an earlier try left is thrown away with it. */
export function beginStep(spec: ClusterSpec, begun: Begun, name: string): Step {
  const text = `${JSON.stringify(begun)}\n`
  const folder = dataFolder(spec, begun.to)
  return {
    id: 'upgrade/begin',
    title: `Note the upgrade from ${begun.from} to ${begun.to}`,
    reads: [begunMark],
    check: (facts) => (facts.of(begunMark).content === text ? settled : because('not recorded yet')),
    apply: () => [
      ...(name === begun.node ? [] : [{ kind: 'run' as const, argv: ['rm', '-rf', '--', folder], long: true }]),
      { kind: 'put', path: begunPath, content: text, mode: 0o600 },
    ],
  }
}

export function forgetStep(): Step {
  const marks = [begunMark, doneMark, preparedMark, ...afterParts.map((part) => fileState(afterPath(part)))]
  return {
    id: 'upgrade/forget',
    title: 'Remove the record of this upgrade',
    reads: marks,
    check: (facts) =>
      marks.every((mark) => facts.of(mark).kind === 'absent') ? settled : because('the upgrade has finished'),
    apply: () => [{ kind: 'run', argv: ['rm', '-f', begunPath, donePath, preparedPath, ...afterParts.map(afterPath)] }],
  }
}
