/** What each kind of app needs, told by its files. Nothing is run. */
import { phpServerPath } from '../../serving/units.ts'
import type { ReleaseFiles } from '../source/index.ts'
import { type Detected, list, nothing, onBoth } from './detected.ts'

export async function php(files: ReleaseFiles): Promise<Detected | null> {
  const marks = ['composer.json', 'index.php', 'public/index.php'].filter((name) => files.isFile(name))
  if (marks.length === 0) return null
  const folder = files.isFile('public/index.php') ? 'public' : '.'
  const composer = files.isFile('composer.json') && !files.isFolder('vendor')
  return {
    ...nothing,
    kind: 'php',
    seen: `${list(marks)}: PHP, served by php-fpm.`,
    build: composer ? ['composer install --no-dev --no-interaction --optimize-autoloader'] : [],
    processes: { web: `exec ${phpServerPath} ${folder}` },
    packages: onBoth('php-fpm', 'nginx'),
    buildPackages: onBoth(...(composer ? ['composer', 'unzip'] : [])),
    folder,
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
              ? 'bin/rails server -b 0.0.0.0 -p "$PORT" -P /tmp/server.pid'
              : 'bundle exec puma -b "tcp://0.0.0.0:$PORT"',
          }
        : {},
    release: rails ? 'bin/rails db:migrate' : null,
    health: /rails\/health#show/.test(routes) ? '/up' : '/',
    build: [
      files.isFile('Gemfile.lock')
        ? 'bundle config set --local deployment true'
        : 'bundle config set --local path vendor/bundle',
      'bundle config set --local without development:test',
      'bundle install',
      ...(rails && files.isFolder('app/assets') ? ['bin/rails assets:precompile'] : []),
      // The release is read-only, and Rails makes these folders when it starts.
      ...(rails ? ['mkdir -p log tmp/cache tmp/pids tmp/sockets'] : []),
    ],
    buildEnvironment: { RAILS_ENV: 'production', SECRET_KEY_BASE_DUMMY: '1', SECRET_KEY_BASE: 'only-for-the-build' },
    packages: onBoth('ruby', 'ruby-bundler', 'libpq5', 'libyaml-0-2'),
    buildPackages: onBoth('ruby-dev', 'build-essential', 'libpq-dev', 'libyaml-dev'),
    noCommand: rails || rack ? null : 'the Gemfile has no known web server',
  }
}

export async function python(files: ReleaseFiles): Promise<Detected | null> {
  const marks = ['requirements.txt', 'pyproject.toml', 'Pipfile', 'manage.py'].filter((name) => files.isFile(name))
  if (marks.length === 0) return null
  const django = files.isFile('manage.py')
  const wsgi = [...files.entries.keys()].find((path) => /^[A-Za-z_]\w*\/wsgi\.py$/.test(path) && files.isFile(path))
  const module = django && wsgi ? wsgi.replace('/wsgi.py', '.wsgi') : await flaskModule(files)
  const install = files.isFile('requirements.txt') ? '-r requirements.txt' : files.isFile('pyproject.toml') ? '.' : null
  const server = module && !/^gunicorn\b/m.test((await files.text('requirements.txt')) ?? '') ? ' gunicorn' : ''
  return {
    ...nothing,
    kind: 'python',
    seen: `${list(marks)}: ${django ? 'Django' : 'Python'}${module ? `, served by gunicorn as ${module}` : ''}.`,
    processes: module ? { web: `python3 -m gunicorn --bind "0.0.0.0:$PORT" ${module}` } : {},
    release: django ? 'python3 manage.py migrate --noinput' : null,
    // Into a folder of the release: a virtual environment works only where it was made. Compiled so that times do not matter.
    build: install
      ? [
          `python3 -m pip install --target .python --no-compile --disable-pip-version-check ${install}${server}`,
          'python3 -m compileall -q --invalidation-mode unchecked-hash . || true',
        ]
      : [],
    packages: onBoth('python3', ...(module && !install ? ['gunicorn'] : [])),
    buildPackages: onBoth(...(install ? ['python3-pip'] : [])),
    noCommand: module ? null : 'no WSGI application was found',
  }
}

/** `app:app` for app.py with `app = …`, as Flask has it, or with `def app(`, as WSGI does. */
async function flaskModule(files: ReleaseFiles): Promise<string | null> {
  for (const file of ['wsgi.py', 'app.py', 'main.py']) {
    const name = /^(?:def\s+)?(app|application)\s*[=(]/m.exec((await files.text(file)) ?? '')?.[1]
    if (name) return `${file.replace('.py', '')}:${name}`
  }
  return null
}

export async function procfile(files: ReleaseFiles): Promise<Detected | null> {
  if (!files.isFile('Procfile')) return null
  return { ...nothing, kind: 'procfile', seen: 'Procfile: its commands are run unchanged.', packages: onBoth() }
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
  const folder = folderWithIndex(files)
  if (folder === null) return null
  return {
    ...nothing,
    kind: 'static',
    seen: `${folder === '.' ? 'index.html' : `${folder}/index.html`}: static files.`,
    packages: onBoth(),
    folder,
  }
}

/** Static files that only the build makes. */
export const generatedStatic: Detected = {
  ...nothing,
  kind: 'static',
  seen: 'The build makes static files.',
  packages: onBoth(),
}

/** Where index.html is: one of the usual folders. */
export function folderWithIndex(files: ReleaseFiles, folders: readonly string[] = staticFolders): string | null {
  const found = folders.find((name) => files.isFile(name === '' ? 'index.html' : `${name}/index.html`))
  return found === undefined ? null : found || '.'
}

/** A generator's source often has an index.html of its own at the top: what was generated comes first. */
export const generatedFolders = [...staticFolders.slice(1), '']
