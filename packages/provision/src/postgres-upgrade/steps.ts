/** The steps of an upgrade of PostgreSQL to its next major version, and of the way back. */
import { readFileSync } from 'node:fs'
import { backupNodes, type ClusterSpec, type NodeSpec } from '@bramble/cluster'
import { command } from '../engine/command.ts'
import { fileState } from '../engine/file.ts'
import { because, type ClusterSecrets, type Fact, type Step, settled } from '../engine/types.ts'
import { packageStates } from '../facts/packages.ts'
import { unitState } from '../facts/unit.ts'
import { file, packages } from '../resources/index.ts'
import { stepsFor } from '../roles/index.ts'
import { packagesOf } from '../roles/postgres/archive.ts'
import { dataFolder } from '../roles/postgres/patroni.yml.ts'
import { afterPath, type Begun, carriedOver, preparedMark } from './marks.ts'

const tool = '/usr/local/lib/bramble/pg-upgrade'
const program = readFileSync(new URL('./pg-upgrade.py', import.meta.url), 'utf8')
const patroni = unitState('patroni.service')
/** Seconds: a large database over a card takes its time. */
const longest = 12 * 3600

const toolFile = () => file({ id: 'upgrade/tool', path: tool, content: program, mode: 0o755 })
const toolArgv = (what: string, spec: ClusterSpec, { from, to }: Pick<Begun, 'from' | 'to'>, ...more: string[]) => [
  ...[tool, what, '--from', String(from), '--to', String(to), '--name', spec.name],
  ...more,
]

/** Some of a node's own steps, so that a plan afterwards finds nothing to do. */
export function ownSteps(
  { spec, secrets }: { spec: ClusterSpec; secrets: ClusterSecrets },
  node: NodeSpec,
  ids: readonly string[],
): Step[] {
  const steps = stepsFor({ spec, node, secrets })
  return ids.flatMap((id) => steps.find((step) => step.id === id) ?? [])
}

/** PostgreSQL's packages of the node's own that are named after a version: extensions, beside the server. */
export const extensionPackages = (major: number): Fact<string[]> => {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg's own way of naming a field.
  const asked = command(['dpkg-query', '-W', '-f', '${Package} ${db:Status-Status}\\n', `postgresql-${major}-*`])
  return {
    key: asked.key,
    query: asked.query,
    read: (answer) =>
      asked
        .read(answer)
        .stdout.split('\n')
        .flatMap((line) => {
          const [name, status] = line.split(' ')
          return name && status === 'installed' ? [name] : []
        }),
  }
}

/** The new version beside the old one; nothing of it starts. `extensions`: packages of the old one's extensions. */
export function installSteps(
  input: { spec: ClusterSpec; secrets: ClusterSecrets },
  node: NodeSpec,
  { from, to }: Pick<Begun, 'from' | 'to'>,
  extensions: readonly string[],
): Step[] {
  const names = [
    ...packagesOf(to),
    ...extensions.map((name) => name.replace(`postgresql-${from}-`, `postgresql-${to}-`)),
  ]
  return [
    ...ownSteps(input, node, ['postgres/archive']),
    {
      ...packages({
        id: 'upgrade/packages',
        names,
        title: `Install PostgreSQL ${to} alongside ${from} on ${node.name}`,
      }),
      cure: `The log shows which package is missing. If it is an extension that PostgreSQL ${to} does not have, drop the extension and remove its package first. The database was not changed.`,
    },
    toolFile(),
  ]
}

/** Asks pg_upgrade while the database serves. Nothing of it is changed. */
export function checkStep(spec: ClusterSpec, begun: Begun): Step {
  const since = Date.parse(begun.token) / 1000 - 2
  return {
    id: 'upgrade/check',
    title: `Check with pg_upgrade whether the database can be upgraded to ${begun.to}`,
    reads: [preparedMark],
    check: (facts) => (facts.of(preparedMark).mtime > since ? settled : because('not checked yet')),
    apply: () => [{ kind: 'run', argv: toolArgv('check', spec, begun), long: true, timeout: 3600 }],
    explain: explainUpgrade,
    cure: 'The log shows the error of pg_upgrade. The database was not changed and is online.',
  }
}

export function explainUpgrade(words: string): { code: string; message: string; cure: string } | null {
  const said = /pg_upgrade refuses: ([^\n]*)/.exec(words)?.[1]
  if (!said) return null
  return {
    code: 'pg-upgrade-refuses',
    message: `pg_upgrade cannot upgrade this database. ${said.trim()}`,
    cure: 'Change or drop the objects named there, then start the upgrade again.',
  }
}

/** Stopped cleanly, with its last checkpoint on the disk. */
export function stopStep(node: NodeSpec): Step {
  return {
    id: 'upgrade/stop',
    title: `Stop PostgreSQL and Patroni on ${node.name}`,
    reads: [patroni],
    check(facts) {
      const { active } = facts.of(patroni)
      return active === 'inactive' || active === 'failed' ? settled : because(`the service is ${active}`)
    },
    apply: () => [{ kind: 'run', argv: ['systemctl', 'stop', 'patroni.service'], timeout: 300 }],
    patience: 120,
    cure: `On ${node.name}, "journalctl -u patroni -n 80" shows why it does not stop.`,
  }
}

export function carryStep(spec: ClusterSpec, begun: Begun): Step {
  return {
    id: 'upgrade/data',
    title: `Upgrade the data from ${begun.from} to ${begun.to}`,
    reads: [carriedOver.fact],
    check: (facts) => (carriedOver.holds(facts.of(carriedOver.fact).content, begun) ? settled : because('requested')),
    apply: () => [
      { kind: 'run', argv: toolArgv('run', spec, begun, '--token', begun.token), long: true, timeout: longest },
    ],
    explain: explainUpgrade,
    cure: 'The log shows the error of pg_upgrade.',
  }
}

/** The planner knows nothing of the tables until they were looked at. */
export function afterSteps(spec: ClusterSpec, begun: Begun): Step[] {
  const once = (part: Parameters<typeof afterPath>[0], title: string, argv: readonly string[]): Step => {
    const state = fileState(afterPath(part), { content: true })
    return {
      id: `upgrade/${part}`,
      title,
      reads: [state],
      check: (facts) => (facts.of(state).content === begun.token ? settled : because('the version is new')),
      apply: () => [
        { kind: 'run', argv, long: true, timeout: longest },
        { kind: 'put', path: afterPath(part), content: begun.token, mode: 0o600 },
      ],
      cure: 'The database is online with the new version. Press Retry.',
    }
  }
  const vacuum = ['runuser', '-u', 'postgres', '--', 'vacuumdb', '--all', '--analyze-in-stages', '-w']
  return [
    toolFile(),
    once('extensions', 'Update the extensions', toolArgv('extensions', spec, begun)),
    once('analyze', 'Update the planner statistics (ANALYZE)', vacuum),
  ]
}

/** The data of a version that is not used any more. */
export function clearStep(spec: ClusterSpec, major: number): Step {
  const folder = fileState(dataFolder(spec, major))
  return {
    id: 'upgrade/clear',
    title: `Delete the data of PostgreSQL ${major}`,
    reads: [folder],
    check: (facts) => (facts.of(folder).kind === 'absent' ? settled : because('no longer used')),
    apply: () => [{ kind: 'run', argv: ['rm', '-rf', '--', dataFolder(spec, major)], long: true }],
    destroys: `the data of PostgreSQL ${major}`,
  }
}

export function removePackagesStep(major: number, extensions: readonly string[]): Step {
  const names = [...extensions, ...packagesOf(major)]
  const states = packageStates(names)
  return {
    id: 'upgrade/remove',
    title: `Remove the packages of PostgreSQL ${major}`,
    reads: [states],
    check(facts) {
      const there = names.filter((name) => facts.of(states)[name]?.installed)
      return there.length === 0 ? settled : because(`installed: ${there.join(', ')}`)
    },
    apply: () => [
      {
        kind: 'run',
        argv: [
          ...['env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', 'remove', '-q', '-y'],
          ...['-o', 'DPkg::Lock::Timeout=300', ...names],
        ],
        long: true,
      },
    ],
    cure: 'The last lines of the log show the error of apt. The database is not affected.',
  }
}

/** pgBackRest's files on everyone who takes part name the folder of the data. */
export function backupSteps(input: { spec: ClusterSpec; secrets: ClusterSecrets }, node: NodeSpec): Step[] {
  return backupNodes(input.spec).includes(node) ? ownSteps(input, node, ['backup/config', 'backup/server']) : []
}
