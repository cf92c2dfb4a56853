/** Each kind of app and each sample: built on a node, and answering from its sandbox there. */
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { railsApp } from '../test/rails-app.ts'
import { type AppBench, node, openBench } from './app-on-node.ts'
import { eventually, openStage, type Stage } from './stage.ts'

const minute = 60_000
const samples = fileURLToPath(new URL('../../samples', import.meta.url))
let stage: Stage
let bench: AppBench
const on = (...argv: string[]) => stage.on(node, ...argv)

beforeAll(async () => {
  stage = await openStage({ id: 101, nodes: 1 })
  await on('apt-get', 'update', '-q')
  bench = await openBench(stage)
}, 10 * minute)
afterAll(async () => {
  await bench?.close()
  await stage?.close()
}, 2 * minute)

const answers = (path: string, body: unknown) =>
  eventually(60, async () => expect(await bench.ask(path)).toMatchObject({ status: 200, body }))

describe('each kind', () => {
  it(
    'Python: with packages that pip installs into the release',
    async () => {
      // A wheel without the index: the lab has a registry for npm only.
      const wheel = `import zipfile
with zipfile.ZipFile('greeting-1.0-py3-none-any.whl', 'w') as wheel:
    wheel.writestr('greeting.py', 'def hello(): return b"hello from a wheel"')
    info = 'greeting-1.0.dist-info/'
    wheel.writestr(info + 'METADATA', 'Metadata-Version: 2.1\\nName: greeting\\nVersion: 1.0\\n')
    wheel.writestr(info + 'WHEEL', 'Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n')
    wheel.writestr(info + 'RECORD', '')
`
      const source = {
        'requirements.txt': './greeting-1.0-py3-none-any.whl\n',
        'bramble.yaml': `packages: [gunicorn]
build:
  - python3 wheel.py
  - python3 -m pip install --no-index --target .python --no-compile -r requirements.txt
`,
        'wheel.py': wheel,
        'app.py': `import greeting
def app(environ, start):
    start('200 OK', [])
    return [greeting.hello()]
`,
      }
      const built = await bench.build('flask', source)
      await bench.serving('flask', built, () => answers('/', 'hello from a wheel'))
    },
    8 * minute,
  )

  it(
    'Ruby on Rails: of Debian',
    async () => {
      const built = await bench.build('rails', railsApp)
      expect(built.resolved.kind).toBe('ruby')
      await bench.serving('rails', built, () => answers('/', 'Rails production'), { SECRET_KEY_BASE: 'a'.repeat(64) })
    },
    10 * minute,
  )

  it(
    'PHP: scripts, files beside them, and nothing that begins with a dot',
    async () => {
      const source = {
        'public/index.php': `<?php echo 'PHP ', getenv('GREETING'), ' ', $_SERVER['REQUEST_URI'], ' ', strlen(file_get_contents('php://input'));`,
        'public/style.css': 'a{}',
        'public/.htpasswd': 'secret',
      }
      const built = await bench.build('php', source)
      await bench.serving(
        'php',
        built,
        async () => {
          await answers('/any/path?x=1', 'PHP hello /any/path?x=1 0')
          await answers('/style.css', 'a{}')
          expect((await bench.ask('/', '-d', 'x'.repeat(100_000))).body).toBe('PHP hello / 100000')
          expect((await bench.ask('/.htpasswd')).status).toBe(404)
        },
        { GREETING: 'hello' },
      )
    },
    8 * minute,
  )

  it(
    'a Procfile, whose process finds the programs that were built',
    async () => {
      const source = {
        Procfile: 'web: greet\n',
        'bramble.yaml': 'packages: [python3]\nbuild: ["mkdir -p node_modules/.bin && cp greet node_modules/.bin/"]\n',
        'greet!': `#!/usr/bin/python3
import http.server, os
http.server.test(http.server.SimpleHTTPRequestHandler, port=int(os.environ['PORT']), bind='0.0.0.0')
`,
      }
      const built = await bench.build('proc', source)
      await bench.serving('proc', built, () => answers('/Procfile', 'web: greet\n'))
    },
    8 * minute,
  )

  it(
    'a program that needs nothing else',
    async () => {
      await on('apt-get', 'install', '-qy', 'busybox-static')
      const program = Buffer.from(await on('base64', '-w', '0', '/bin/busybox'), 'base64')
      const source = {
        'busybox!': program,
        'page/index.html': 'served by a program',
        'bramble.yaml': `processes: { web: 'exec ./busybox httpd -f -p "$PORT" -h page' }\n`,
      }
      const built = await bench.build('program', source)
      expect(built.resolved).toMatchObject({ kind: 'binary', build: [], packages: { trixie: [] } })
      await bench.serving('program', built, () => answers('/', 'served by a program'))
    },
    8 * minute,
  )
})

describe('the samples', () => {
  beforeAll(async () => {
    const [version] = (await on('ls', '/usr/lib/postgresql')).trim().split('\n')
    await on('pg_createcluster', version!, 'main', '--start')
    for (const app of ['board', 'guestbook'])
      for (const sql of [`CREATE ROLE ${app} LOGIN PASSWORD '${app}'`, `CREATE DATABASE ${app} OWNER ${app}`])
        await on('runuser', '-u', 'postgres', '--', 'psql', '-qc', sql)
  }, 2 * minute)
  const databaseOf = (app: string) => ({ DATABASE_URL: `postgresql://${app}:${app}@127.0.0.1:5432/${app}` })

  it(
    'page: files only',
    async () => {
      const { resolved, digest } = await bench.build('page', `${samples}/page`)
      expect(resolved).toMatchObject({ kind: 'static', folder: '.', build: [], notes: [] })
      expect(digest).toMatch(/^[0-9a-f]{64}$/)
    },
    minute,
  )

  it(
    'board: Node with a database',
    async () => {
      const built = await bench.build('board', `${samples}/board`)
      expect(built.resolved).toMatchObject({ kind: 'node', release: 'node migrate.js', health: '/health', notes: [] })
      await bench.serving(
        'board',
        built,
        async () => {
          for (const _ of [1, 2]) await bench.command('board', built, built.resolved.release!)
          await answers('/health', 'ok\n')
          expect((await bench.ask('/', '--data-urlencode', 'text=<b>5 & 6</b>')).status).toBe(303)
          await answers('/', expect.stringContaining('&lt;b&gt;5 &amp; 6&lt;/b&gt;'))
          expect((await bench.ask('/', '-d', 'text=')).status).toBe(400)
        },
        databaseOf('board'),
      )
    },
    8 * minute,
  )

  it(
    'guestbook: Django of Debian',
    async () => {
      const built = await bench.build('guestbook', `${samples}/guestbook`)
      expect(built.resolved).toMatchObject({ kind: 'python', build: [], notes: [] })
      await bench.serving(
        'guestbook',
        built,
        async () => {
          await bench.command('guestbook', built, built.resolved.release!)
          const { body } = await bench.ask('/')
          const token = /name="csrfmiddlewaretoken" value="([^"]+)"/.exec(body)?.[1]
          expect(body).toContain('No entries yet')
          const form = [
            '-d',
            `csrfmiddlewaretoken=${token}`,
            '-b',
            `csrftoken=${token}`,
            '-d',
            'name=Ada',
            '-d',
            'text=Hello',
          ]
          expect((await bench.ask('/', ...form)).status).toBe(302)
          await answers('/', expect.stringContaining('Ada'))
          expect((await bench.ask('/', '-d', 'name=Ada')).status).toBe(403)
        },
        databaseOf('guestbook'),
      )
    },
    8 * minute,
  )

  it('say in their README which they are', async () => {
    const text = await readFile(`${samples}/README.md`, 'utf8')
    for (const name of ['page', 'board', 'guestbook']) expect(text).toContain(`\`${name}\``)
  })
})
