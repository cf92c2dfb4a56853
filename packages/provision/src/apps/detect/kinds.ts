/** What each kind of app needs, told by its files. Nothing is run. */
import type { AppKind } from '@bramble/cluster'
import { minVersion, validRange } from 'semver'
import { z } from 'zod'
import type { ReleaseFiles } from '../source/index.ts'

export type DebianRelease = 'bookworm' | 'trixie'

/** What follows from the files, before Procfile, bramble.yaml and the cluster file have their say. */
export interface Detected {
  kind: AppKind
  /** Sentence: which files say so. */
  seen: string
  /** Command by name; empty: none could be found. A static app has none: its files are served. */
  processes: Record<string, string>
  release: string | null
  /** Path that answers when the app works. */
  health: string
  build: string[]
  /** Debian packages that it needs to be built and to run, by Debian release. */
  packages: Record<DebianRelease, string[]>
  /** Folder of a static app or of PHP that is served; `.` is the release itself. */
  folder: string | null
  /** Why no command could be found; null: there is one, or none is needed. */
  noCommand: string | null
  /** What the user should know, as sentences with what to do. */
  notes: string[]
}

const nothing = { processes: {}, release: null, health: '/', build: [], folder: null, noCommand: null, notes: [] }
const onBoth = (...names: string[]) => ({ bookworm: names, trixie: names })
const list = (names: readonly string[]) => names.join(names.length === 2 ? ' and ' : ', ')

/** The one in Debian. */
const debianNode: Record<DebianRelease, string> = { bookworm: '18.20.0', trixie: '20.19.0' }

const PackageJson = z.object({
  scripts: z.record(z.string(), z.string()).catch({}).default({}),
  engines: z.object({ node: z.string().optional() }).catch({}).default({}),
  main: z.string().optional().catch(undefined),
  dependencies: z.record(z.string(), z.unknown()).catch({}).default({}),
})

const lockFiles: readonly { file: string; name: string; install: string; run: string }[] = [
  { file: 'pnpm-lock.yaml', name: 'pnpm', install: 'pnpm install --frozen-lockfile', run: 'pnpm run build' },
  { file: 'yarn.lock', name: 'yarn', install: 'yarn install --immutable', run: 'yarn run build' },
  { file: 'package-lock.json', name: 'npm', install: 'npm ci', run: 'npm run build' },
  { file: 'npm-shrinkwrap.json', name: 'npm', install: 'npm ci', run: 'npm run build' },
]

export async function php(files: ReleaseFiles): Promise<Detected | null> {
  const marks = ['composer.json', 'index.php', 'public/index.php'].filter((name) => files.isFile(name))
  if (marks.length === 0) return null
  const composer = files.isFile('composer.json') && !files.isFolder('vendor')
  return {
    ...nothing,
    kind: 'php',
    seen: `${list(marks)}: PHP, served by php-fpm.`,
    build: composer ? ['composer install --no-dev --no-interaction --optimize-autoloader'] : [],
    packages: onBoth('php-fpm', ...(composer ? ['composer'] : [])),
    folder: files.isFile('public/index.php') ? 'public' : '.',
  }
}

export async function ruby(files: ReleaseFiles): Promise<Detected | null> {
  if (!files.isFile('Gemfile')) return null
  const rails = files.isFile('config/application.rb') && files.isFile('bin/rails')
  const routes = (await files.text('config/routes.rb')) ?? ''
  const rack = files.isFile('config.ru')
  return {
    ...nothing,
    kind: 'ruby',
    seen: rails
      ? 'Gemfile, bin/rails and config/application.rb: Ruby on Rails.'
      : `Gemfile${rack ? ' and config.ru: a Rack app' : ': Ruby'}.`,
    processes:
      rails || rack
        ? {
            web: rails
              ? 'bin/rails server -e production -b 0.0.0.0 -p "$PORT"'
              : 'bundle exec puma -b "tcp://0.0.0.0:$PORT"',
          }
        : {},
    release: rails ? 'bin/rails db:migrate' : null,
    health: /rails\/health#show/.test(routes) ? '/up' : '/',
    build: [
      'bundle install --deployment --without development:test',
      ...(rails ? ['bin/rails assets:precompile'] : []),
    ],
    packages: onBoth('ruby', 'ruby-bundler', 'ruby-dev', 'build-essential', 'libpq-dev', 'libyaml-dev'),
    noCommand: rails || rack ? null : 'the Gemfile does not say how it starts',
  }
}

export async function python(files: ReleaseFiles): Promise<Detected | null> {
  const marks = ['requirements.txt', 'pyproject.toml', 'Pipfile', 'manage.py'].filter((name) => files.isFile(name))
  if (marks.length === 0) return null
  const django = files.isFile('manage.py')
  const wsgi = [...files.entries.keys()].find((path) => /^[A-Za-z_]\w*\/wsgi\.py$/.test(path) && files.isFile(path))
  const module = django && wsgi ? wsgi.replace('/wsgi.py', '.wsgi') : await flaskModule(files)
  const install = files.isFile('requirements.txt')
    ? 'pip install -r requirements.txt'
    : files.isFile('pyproject.toml')
      ? 'pip install .'
      : null
  return {
    ...nothing,
    kind: 'python',
    seen: `${list(marks)}: ${django ? 'Django' : 'Python'}${module ? `, served by gunicorn as ${module}` : ''}.`,
    processes: module ? { web: `gunicorn --bind "0.0.0.0:$PORT" ${module}` } : {},
    release: django ? 'python3 manage.py migrate --noinput' : null,
    build: install
      ? ['python3 -m venv .venv', `.venv/bin/${install}`, ...(module ? ['.venv/bin/pip install gunicorn'] : [])]
      : [],
    packages: onBoth('python3', ...(install ? ['python3-venv'] : []), ...(module && !install ? ['gunicorn'] : [])),
    noCommand: module ? null : 'no WSGI application was found',
  }
}

/** `app:app` for app.py with `app = …`, as Flask has it. */
async function flaskModule(files: ReleaseFiles): Promise<string | null> {
  for (const file of ['wsgi.py', 'app.py', 'main.py']) {
    const name = /^(app|application)\s*=/m.exec((await files.text(file)) ?? '')?.[1]
    if (name) return `${file.replace('.py', '')}:${name}`
  }
  return null
}

export async function node(files: ReleaseFiles): Promise<Detected | null> {
  const text = await files.text('package.json')
  if (text === null) return null
  const parsed = PackageJson.safeParse(json(text))
  const told = parsed.success ? parsed.data : PackageJson.parse({})
  const lock = lockFiles.find(({ file }) => files.isFile(file))
  const prebuilt =
    files.isFolder('node_modules') || (Object.keys(told.dependencies).length === 0 && !told.scripts.build)
  const main = told.main && files.isFile(told.main.replace(/^\.\//, '')) ? told.main : null
  const entry = main ?? ['server.js', 'index.js', 'app.js'].find((name) => files.isFile(name)) ?? null
  const start = told.scripts.start ?? (entry ? `node ${entry}` : null)
  // A plain command needs no npm, which takes 300 MB of the card.
  const direct = start !== null && /^node [\w./=-]+( [\w./=-]+)*$/.test(start)
  const notes = [
    ...(parsed.success ? [] : ['package.json cannot be read as JSON: correct it, or name the processes.']),
    ...(files.isFile('bun.lock') || files.isFile('bun.lockb')
      ? ['bun.lock was found, and Bun is not in Debian: upload the app with its node_modules.']
      : []),
    ...olderNode(told.engines.node),
  ]
  const needsNpm = !prebuilt || (start !== null && !direct)
  return {
    ...nothing,
    kind: 'node',
    seen: `${list(['package.json', ...(lock ? [lock.file] : [])])}: Node${
      prebuilt
        ? files.isFolder('node_modules')
          ? ', with its node_modules: nothing is built'
          : ', without dependencies: nothing is built'
        : `, built with ${lock?.name ?? 'npm'}`
    }.`,
    processes: start === null ? {} : { web: direct ? start : 'npm start' },
    build: prebuilt
      ? []
      : [lock?.install ?? 'npm install', ...(told.scripts.build ? [lock?.run ?? 'npm run build'] : [])],
    packages: onBoth('nodejs', ...(needsNpm ? ['npm'] : [])),
    noCommand: start === null ? 'package.json has no script "start"' : null,
    notes,
  }
}

function olderNode(range: string | undefined): string[] {
  if (!range || !validRange(range)) return []
  const least = minVersion(range)
  return (Object.entries(debianNode) as [DebianRelease, string][])
    .filter(([, version]) => least && least.major > Number(version.split('.')[0]))
    .map(([release, version]) => `The app asks for Node ${range}, and Debian ${release} has ${version.split('.')[0]}.`)
}

export async function procfile(files: ReleaseFiles): Promise<Detected | null> {
  if (!files.isFile('Procfile')) return null
  return { ...nothing, kind: 'procfile', seen: 'Procfile: its commands are run as they are.', packages: onBoth() }
}

const machines: Record<number, string> = { 3: 'x86', 40: 'armhf', 62: 'amd64', 183: 'arm64', 243: 'riscv64' }

export async function binary(files: ReleaseFiles): Promise<Detected | null> {
  const programs: { path: string; machine: string }[] = []
  for (const [path, entry] of files.entries) {
    if (entry.kind !== 'file' || !entry.executable || !/^(bin\/)?[^/]+$/.test(path)) continue
    const head = await files.bytes(path, 20)
    if (head?.toString('latin1', 0, 4) !== '\x7fELF' || head.length < 20) continue
    programs.push({ path, machine: machines[head.readUInt16LE(18)] ?? 'of an unknown processor' })
  }
  const [program] = programs
  if (!program) return null
  const one = programs.length === 1 && /^[\w./+-]+$/.test(program.path)
  return {
    ...nothing,
    kind: 'binary',
    seen: `${list(programs.map(({ path, machine }) => `${path} (${machine})`))}: ${one ? 'a program' : 'programs'} that can run as ${one ? 'it is' : 'they are'}.`,
    processes: one ? { web: `./${program.path}` } : {},
    packages: onBoth(),
    noCommand: one ? null : 'there are several programs',
  }
}

/** Where tools put what they generate. */
const staticFolders = ['', 'public', 'dist', 'build', 'out', '_site']

export async function staticFiles(files: ReleaseFiles): Promise<Detected | null> {
  const folder = staticFolders.find((name) => files.isFile(name === '' ? 'index.html' : `${name}/index.html`))
  if (folder === undefined) return null
  return {
    ...nothing,
    kind: 'static',
    seen: `${folder === '' ? 'index.html' : `${folder}/index.html`}: static files.`,
    packages: onBoth(),
    folder: folder === '' ? '.' : folder,
  }
}

function json(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
