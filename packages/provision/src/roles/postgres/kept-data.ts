/**
 * Patroni deletes the data of an old primary that pg_rewind could not turn back, and clones it. The last writes that no
 * replica had may be only in there, so a wrapper around pg_rewind keeps one copy of it, as hard links, where there is space.
 */
import { postgresVersions } from '@bramble/cluster'
import { fileState } from '../../engine/file.ts'
import { because, type RoleContext, type Step, settled } from '../../engine/types.ts'
import { postgresMajor, versionFacts } from '../../facts/releases.ts'
import { type FileStep, file } from '../../resources/index.ts'

const wrapperPath = '/usr/local/lib/bramble/pg-rewind'

export const keptDataOf = (dataFolder: string): string => `${dataFolder}.kept`

const wrapper = `#!/bin/sh
# Managed by Bramble. Local changes are overwritten.
# Patroni deletes the data of a former primary when pg_rewind fails. Its last writes may exist nowhere else, so one copy
# is kept next to it, as hard links, if the disk has space for it and a new clone.
"$0.distrib" "$@"
code=$?
data= before=
for word in "$@"; do
  [ "$before" = -D ] && data=$word
  before=$word
done
[ -n "$data" ] && [ -f "$data/global/pg_control" ] || exit $code
kept=$data.kept
# From an earlier attempt, whose files this one has changed.
[ "$kept/global/pg_control" -ef "$data/global/pg_control" ] && rm -rf "$kept"
[ $code -eq 0 ] && exit 0
kilobytes() { du -sk "$1" 2>/dev/null | cut -f1; }
size=$(kilobytes "$data")
older=$(kilobytes "$kept")
free=$(df -k --output=avail "$data" | tail -n 1)
# The clone needs as much space as the copy, and 1 GB stays free.
if [ $((free + \${older:-0})) -lt $((size + size / 10 + 1000000)) ]; then
  echo "Bramble: not enough space to keep a copy of $data ($size KB, $free KB free)" >&2
  exit $code
fi
rm -rf "$kept" "$kept.new"
if cp -al "$data" "$kept.new" && echo "$(date +%s) $size" > "$kept.new/bramble-kept" && mv "$kept.new" "$kept"; then
  echo "Bramble: kept a copy of $data in $kept" >&2
else
  rm -rf "$kept.new"
fi
exit $code
`

export const keptDataScript = (): FileStep =>
  file({ id: 'postgres/rewind-wrapper', path: wrapperPath, content: wrapper, mode: 0o755 })

const bin = (version: number | string) => `/usr/lib/postgresql/${version}/bin/pg_rewind`

/** dpkg keeps the package's own program under another name, also when it is updated. */
export function keptDataStep(context: RoleContext): Step {
  const states = new Map(
    postgresVersions.map((version) => [
      version as number,
      { own: fileState(`${bin(version)}.distrib`), link: fileState(bin(version)) },
    ]),
  )
  return {
    id: 'postgres/rewind',
    title: 'Keep the data of a former primary if pg_rewind fails',
    reads: [...versionFacts, ...[...states.values()].flatMap(({ own, link }) => [own, link])],
    check(facts) {
      const state = states.get(postgresMajor(context, facts))
      if (!state) return settled
      const placed = facts.of(state.own).kind === 'file' && facts.of(state.link).kind === 'link'
      return placed ? settled : because('the wrapper of pg_rewind is missing')
    },
    apply(facts) {
      const path = bin(postgresMajor(context, facts))
      const divert = ['dpkg-divert', '--quiet', '--local', '--rename', '--divert', `${path}.distrib`, '--add', path]
      return [
        { kind: 'run', argv: divert },
        { kind: 'run', argv: ['ln', '-sfT', wrapperPath, path] },
      ]
    },
    cure: 'On the Pi, "dpkg-divert --list pg_rewind" shows which package has diverted it.',
  }
}
