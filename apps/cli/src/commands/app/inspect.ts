/** `./bramble app inspect`: what a deploy would make of a folder or an archive. */
import { AppKind, type FoundApp, printable } from '@bramble/cluster'
import { type AppWishes, inspectApp, Trouble } from '@bramble/provision'
import { Command, InvalidArgumentError } from 'commander'
import { readSpec } from '../headless.ts'

export function inspectCommand(): Command {
  return new Command('inspect')
    .description('detect the kind of app in a folder or archive, and how it would be built and run; runs nothing')
    .argument('<path>', 'folder, or tar, tar.gz, tar.xz, tar.zst, zip')
    .option('--app <name>', 'use the settings of this app in the cluster file; requires --cluster')
    .option('--cluster <file>', 'cluster file, see docs/cluster-file.md')
    .option('--kind <kind>', `do not detect the kind: ${AppKind.options.join(', ')}`, parseKind)
    .option('--json', 'print it as JSON')
    .action(async (path: string, options: InspectOptions) => {
      const found = await inspectApp(path, wishesOf(options))
      process.stdout.write(options.json ? `${JSON.stringify(found)}\n` : `${printable(inspectionText(found))}\n`)
    })
}

interface InspectOptions {
  app?: string
  cluster?: string
  kind?: AppKind
  json?: boolean
}

/** What the user and the cluster file say of the app. Troubles: app-options, app-unknown, bad-file. */
export function wishesOf({ app: name, cluster, kind }: InspectOptions): AppWishes {
  if ((name === undefined) !== (cluster === undefined))
    throw new Trouble('app-options', '--app and --cluster must be used together.', 'Give both or neither.')
  if (name === undefined || cluster === undefined) return kind ? { kind } : {}
  const apps = readSpec(cluster).apps ?? []
  const app = apps.find((entry) => entry.name === name)
  if (!app)
    throw new Trouble(
      'app-unknown',
      `${cluster} has no app named ${name}.`,
      apps.length > 0 ? `It has ${apps.map((entry) => entry.name).join(', ')}.` : 'Add it under "apps".',
    )
  return kind ? { ...app, kind } : app
}

export function parseKind(text: string): AppKind {
  const parsed = AppKind.safeParse(text)
  if (parsed.success) return parsed.data
  throw new InvalidArgumentError(`It must be one of ${AppKind.options.join(', ')}.`)
}

/** Everything that a deploy would do with it, one line each. */
export function inspectionText(app: FoundApp): string {
  const { bookworm, trixie } = app.packages
  const packages = (names: readonly string[]) => names.join(', ') || 'none'
  const same = packages(bookworm) === packages(trixie)
  // What there is of an image in a registry is its name; the release of any image is known when a node has unpacked it.
  const named = app.image?.from === 'registry'
  const rows: [string, string][] = [
    ['Kind', `${app.kind}: ${app.seen}`],
    ...app.build.map((command): [string, string] => ['Build', command]),
    ...Object.entries(app.processes).map(([name, command]): [string, string] => [`Process ${name}`, command]),
    ...(app.folder === null ? [] : [['Serves', app.folder === '.' ? 'all files' : app.folder] as [string, string]]),
    ...(app.release === null ? [] : [['Before it serves', app.release] as [string, string]]),
    ['Health check', `GET ${app.health}${app.timeout === null ? '' : `, within ${app.timeout} s`}`],
    ...(app.memory === null ? [] : [['Memory', `${app.memory} MB for each process`] as [string, string]]),
    ...(same
      ? [['Packages', packages(trixie)] as [string, string]]
      : ([
          ['Packages, Debian 12', packages(bookworm)],
          ['Packages, Debian 13', packages(trixie)],
        ] as [string, string][])),
    ...(named
      ? []
      : [
          ['Content', `${app.entries} files, folders and links, ${(app.bytes / 1e6).toFixed(1)} MB`] as [
            string,
            string,
          ],
        ]),
    ...(app.root === null ? [] : [['Left out', `the folder "${app.root}" around everything`] as [string, string]]),
    ...(app.image ? [] : [['Release', app.digest] as [string, string]]),
    ...app.notes.map((note): [string, string] => ['Note', note]),
  ]
  const width = Math.max(...rows.map(([name]) => name.length)) + 2
  return rows.map(([name, value]) => `${name.padEnd(width)}${value}`).join('\n')
}
