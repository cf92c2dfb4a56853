/** Debian packages, present. Never upgraded here: updates are a job of their own. */
import { because, type Step, settled } from '../core/types.ts'
import { packageStates } from '../facts/packages.ts'

export function packages(spec: { id: string; names: readonly string[] }): Step {
  const states = packageStates(spec.names)
  const missing = (now: ReturnType<typeof states.read>) => spec.names.filter((name) => !now[name]?.installed)
  return {
    id: spec.id,
    title: `Install ${spec.names.join(', ')}`,
    reads: [states],
    check(facts) {
      const names = missing(facts.of(states))
      return names.length === 0 ? settled : because(`not installed: ${names.join(', ')}`)
    },
    apply: (facts) => [
      // A power cut or a cancel in the middle of an installation leaves dpkg half done.
      { kind: 'run', argv: ['dpkg', '--configure', '-a', '--force-confold'], long: true },
      { kind: 'run', argv: ['apt-get', 'update', '-q'], long: true },
      {
        kind: 'run',
        argv: [
          ...['env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', 'install', '-q', '-y', '--no-install-recommends'],
          ...['-o', 'Dpkg::Options::=--force-confold', '-o', 'DPkg::Lock::Timeout=300', ...missing(facts.of(states))],
        ],
        long: true,
      },
    ],
    cure: 'Look at the last lines of the log: most often the Pi has no internet connection or its clock is wrong. Then press Retry.',
  }
}
