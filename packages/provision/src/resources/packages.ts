/** Debian packages, present. Never upgraded here: updates are a job of their own. */
import { because, type Fact, type Facts, type Step, settled } from '../engine/types.ts'
import { packageStates } from '../facts/packages.ts'

/** Asks nothing; options and names follow. */
export const aptInstall: readonly string[] = [
  ...['env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', 'install', '-q', '-y', '--no-install-recommends'],
]

export interface PackagesSpec {
  id: string
  /** Everything that may be wanted. */
  names: readonly string[]
  /** Which of them are, when that depends on facts (name them in `reads`). Default: all. */
  wanted?: (facts: Facts) => readonly string[]
  reads?: readonly Fact<unknown>[]
  title?: string
  /** Fails rather than remove another package that conflicts with one of them. */
  keepsOthers?: boolean
}

export function packages(spec: PackagesSpec): Step {
  const states = packageStates(spec.names)
  const wanted = spec.wanted ?? (() => spec.names)
  const missing = (facts: Facts) => wanted(facts).filter((name) => !facts.of(states)[name]?.installed)
  return {
    id: spec.id,
    title: spec.title ?? `Install ${spec.names.join(', ')}`,
    reads: [states, ...(spec.reads ?? [])],
    check(facts) {
      const names = missing(facts)
      return names.length === 0 ? settled : because(`not installed: ${names.join(', ')}`)
    },
    apply: (facts) => [
      // A power cut or a cancel in the middle of an installation leaves dpkg half done.
      { kind: 'run', argv: ['dpkg', '--configure', '-a', '--force-confold'], long: true },
      { kind: 'run', argv: ['apt-get', 'update', '-q'], long: true },
      {
        kind: 'run',
        argv: [
          ...aptInstall,
          ...['-o', 'Dpkg::Options::=--force-confold', '-o', 'DPkg::Lock::Timeout=300'],
          ...(spec.keepsOthers ? ['--no-remove'] : []),
          ...missing(facts),
        ],
        long: true,
      },
    ],
    cure: spec.keepsOthers
      ? 'Check the last lines of the log: usually the package does not exist, conflicts with an installed one, or the Pi has no internet connection.'
      : 'Check the last lines of the log: usually the Pi has no internet connection or its clock is wrong. Then press Retry.',
  }
}
