/** What a deploy would do with an upload. */
import type { FoundApp } from '@bramble/cluster'
import { bytesWords } from '@/features/flash/figures.ts'
import { upload as words } from '../copy.ts'
import { packagesWords } from './packages-words.ts'

export function FoundTable({ found }: { found: FoundApp }) {
  const packages = packagesWords(found.packages)
  const rows: [string, string][] = [
    [words.kind, found.seen],
    ...found.build.map((command): [string, string] => [words.build, command]),
    ...Object.entries(found.processes).map(([name, command]): [string, string] => [words.process(name), command]),
    ...(found.folder === null
      ? []
      : [[words.serves, found.folder === '.' ? words.allFiles : found.folder] as [string, string]]),
    ...(found.release === null ? [] : [[words.release, found.release] as [string, string]]),
    [words.health, `GET ${found.health}`],
    ...(packages === '' ? [] : [[words.packages, packages] as [string, string]]),
    [words.content, words.files(found.entries, bytesWords(found.bytes))],
  ]
  return (
    <section className="grid gap-2" aria-label={words.found}>
      <h3 className="font-semibold text-sm">{words.found}</h3>
      <dl className="grid gap-x-6 gap-y-1.5 text-sm sm:grid-cols-[max-content_minmax(0,1fr)]">
        {rows.map(([name, value]) => (
          <div key={`${name} ${value}`} className="contents">
            <dt className="text-muted">{name}</dt>
            <dd className="wrap-anywhere">{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  )
}
