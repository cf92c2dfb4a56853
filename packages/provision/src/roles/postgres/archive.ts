/**
 * A version of PostgreSQL that the node's Debian does not have comes from another apt archive. Its packages are taken from
 * there, and so are libraries that Debian lacks; whatever Debian has itself stays Debian's.
 */
import { type ClusterSpec, PackageArchive } from '@bramble/cluster'
import { fileState } from '../../engine/file.ts'
import { because, type Facts, type RoleContext, type Step, settled } from '../../engine/types.ts'
import { machine } from '../../facts/os.ts'
import { ownPostgresMajor, postgresMajor, versionFacts } from '../../facts/releases.ts'
import { aptInstall } from '../../resources/packages.ts'

const sourcesPath = '/etc/apt/sources.list.d/bramble-postgresql.sources'
const pinPath = '/etc/apt/preferences.d/bramble-postgresql.pref'

/** Debian packages of one major version. */
export const packagesOf = (major: number): string[] => [`postgresql-${major}`, `postgresql-client-${major}`]

export function archiveStep(context: RoleContext): Step {
  const { spec } = context
  const files = [sourcesPath, pinPath].map((path) => fileState(path, { content: true }))
  /** The text of each file; null: it is not to be there. */
  const wanted = (facts: Facts): (string | null)[] => {
    const own = ownPostgresMajor(facts)
    const kept = spec.postgres?.wayBack ? [spec.postgres.wayBack.version] : []
    const strange = [postgresMajor(context, facts), ...kept].filter((major) => major !== own)
    return strange.length > 0 ? archiveTexts(spec, strange, facts.of(machine).codename) : [null, null]
  }
  return {
    id: 'postgres/archive',
    title: 'Add the apt repository of PostgreSQL',
    reads: [...files, ...versionFacts],
    check(facts) {
      const present = files.map((file) => facts.of(file).content)
      const texts = wanted(facts)
      if (texts.every((text, at) => text === present[at])) return settled
      return because(
        texts[0] === null ? 'the packages of Debian are used' : 'the Debian release has no package of this version',
      )
    },
    apply(facts) {
      const [sources, pin] = wanted(facts)
      if (!sources || !pin) return [{ kind: 'run', argv: ['rm', '-f', sourcesPath, pinPath] }]
      return [
        // Its first own cluster is not made: that file comes before.
        { kind: 'run', argv: ['apt-get', 'update', '-q'], long: true },
        {
          kind: 'run',
          argv: [...aptInstall, '-o', 'DPkg::Lock::Timeout=300', 'postgresql-common', 'ca-certificates'],
          long: true,
        },
        { kind: 'put', path: pinPath, content: pin, mode: 0o644 },
        { kind: 'put', path: sourcesPath, content: sources, mode: 0o644 },
      ]
    },
    cure: 'The last lines of the log show the error of apt: usually the Pi has no internet connection.',
  }
}

function archiveTexts(spec: ClusterSpec, majors: readonly number[], codename: string): [string, string] {
  const { uri, suite = `${codename}-pgdg`, components, key } = spec.postgres?.archive ?? PackageArchive.parse({})
  const names = [...new Set(majors)].flatMap((major) => [...packagesOf(major), `postgresql-${major}-*`])
  const pin = (packages: string, release: string, priority: number) =>
    `Package: ${packages}\nPin: release ${release}\nPin-Priority: ${priority}\n`
  return [
    `# Managed by Bramble. Local changes are overwritten.\nTypes: deb\nURIs: ${uri}\nSuites: ${suite}\nComponents: ${components.join(' ')}\nSigned-By: ${key}\n`,
    [
      '# Managed by Bramble. Local changes are overwritten. Uses this archive only for packages that Debian lacks.\n',
      // libpq: a newer server needs it as new as itself, and an older one bears it.
      ...['a', 'n'].map((by) => pin([...names, 'libpq5'].join(' '), `${by}=${suite}`, 500)),
      ...['a', 'n'].map((by) => pin('*', `${by}=${suite}`, 100)),
    ].join('\n'),
  ]
}
