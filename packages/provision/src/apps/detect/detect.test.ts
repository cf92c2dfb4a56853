import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readSource } from '../source/index.ts'
import { type AppWishes, resolveApp } from './index.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bramble-detect-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** `path!`: executable. */
async function detectIn(contents: Record<string, string | Buffer>, wishes?: AppWishes) {
  for (const [name, content] of Object.entries(contents)) {
    const path = join(folder, 'app', name.replace('!', ''))
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, content, { mode: name.endsWith('!') ? 0o755 : 0o644 })
  }
  const look = (files: Parameters<typeof resolveApp>[0]) => resolveApp(files, wishes)
  return (await readSource({ source: join(folder, 'app'), into: join(folder, 'releases'), look })).seen
}

const elf = (machine: number) =>
  Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, machine, 0])
const packageJson = (content: object) => JSON.stringify(content)

describe('the kind of an app', () => {
  it.each<[string, Record<string, string | Buffer>, object]>([
    ['a folder of HTML', { 'index.html': '' }, { kind: 'static', folder: '.', seen: 'index.html: static files.' }],
    [
      'what a generator made',
      { 'dist/index.html': '', 'dist/a.js': '', 'README.md': '' },
      { kind: 'static', folder: 'dist' },
    ],
    [
      'Node with dependencies',
      {
        'package.json': packageJson({
          scripts: { start: 'next start', build: 'next build' },
          dependencies: { next: '16' },
        }),
        'package-lock.json': '{}',
        'index.html': '',
      },
      {
        kind: 'node',
        seen: 'package.json and package-lock.json: Node, built with npm.',
        processes: { web: 'next start' },
        build: [
          'npm ci --prefer-offline --no-audit --no-fund',
          'npm run build',
          'npm prune --omit=dev --no-audit --no-fund',
        ],
        packages: { bookworm: ['nodejs'], trixie: ['nodejs'] },
        buildPackages: { bookworm: ['nodejs', 'npm'] },
      },
    ],
    [
      'Node with dependencies and nothing to build',
      { 'package.json': packageJson({ dependencies: { a: '1' } }), 'server.js': '' },
      {
        build: ['npm install --omit=dev --no-audit --no-fund'],
        notes: [expect.stringContaining('no lock file')],
      },
    ],
    [
      'static files that npm builds',
      {
        'package.json': packageJson({ scripts: { build: 'vite build' } }),
        'index.html': '',
        'package-lock.json': '{}',
      },
      {
        kind: 'static',
        folder: null,
        processes: {},
        build: ['npm ci --prefer-offline --no-audit --no-fund', 'npm run build', 'rm -rf node_modules .node'],
        packages: { trixie: [] },
      },
    ],
    [
      'Node that was built elsewhere',
      {
        'package.json': packageJson({ scripts: { start: 'node server.js' }, dependencies: { a: '1' } }),
        'node_modules/a/index.js': '',
        'server.js': '',
      },
      {
        kind: 'node',
        build: [],
        processes: { web: 'node server.js' },
        packages: { bookworm: ['nodejs'], trixie: ['nodejs'] },
      },
    ],
    [
      'Node that is too new for Debian',
      { 'package.json': packageJson({ engines: { node: '>=20.9' } }), 'index.js': '', 'pnpm-lock.yaml': '' },
      {
        kind: 'node',
        processes: { web: 'node index.js' },
        build: ['node --version'],
        ownNode: { bookworm: '^20.9.0', trixie: null },
        notes: ['Node ^20.9.0 comes from npm and is part of the release: Debian bookworm has an older one.'],
      },
    ],
    [
      'Node that cannot be read',
      { 'package.json': '{' },
      { kind: 'node', processes: {}, notes: [expect.stringContaining('Procfile'), expect.stringContaining('JSON')] },
    ],
    [
      'Django',
      { 'manage.py': '', 'shop/wsgi.py': '', 'requirements.txt': 'django', 'package.json': '{}' },
      {
        kind: 'python',
        seen: 'requirements.txt and manage.py: Django, served by gunicorn as shop.wsgi.',
        processes: { web: 'python3 -m gunicorn --bind "0.0.0.0:$PORT" shop.wsgi' },
        build: [
          'python3 -m pip install --target .python --no-compile --disable-pip-version-check -r requirements.txt gunicorn',
          expect.stringContaining('compileall'),
        ],
        release: 'python3 manage.py migrate --noinput',
      },
    ],
    [
      'Flask',
      { 'requirements.txt': 'flask', 'app.py': 'import flask\napp = flask.Flask(__name__)\n' },
      { kind: 'python', processes: { web: 'python3 -m gunicorn --bind "0.0.0.0:$PORT" app:app' } },
    ],
    [
      'Rails',
      {
        Gemfile: '',
        'bin/rails!': '',
        'config/application.rb': '',
        'config/routes.rb': 'get "up" => "rails/health#show"',
        'package.json': '{}',
      },
      {
        kind: 'ruby',
        health: '/up',
        release: 'bin/rails db:migrate',
        seen: 'Gemfile, bin/rails and config/application.rb: Ruby on Rails.',
      },
    ],
    [
      'PHP',
      { 'public/index.php': '', 'composer.json': '{}' },
      { kind: 'php', folder: 'public', build: [expect.stringContaining('composer')] },
    ],
    [
      'a Procfile',
      { Procfile: 'web: ./run\n', 'run!': '#!/bin/sh\n' },
      { kind: 'procfile', processes: { web: './run' } },
    ],
    [
      'a program',
      { 'server!': elf(0xb7), 'notes.txt': '' },
      { kind: 'binary', processes: { web: './server' }, seen: expect.stringContaining('server (arm64)') },
    ],
    [
      'several programs',
      { 'bin/a!': elf(0x3e), 'bin/b!': elf(0x3e) },
      { kind: 'binary', processes: {}, notes: [expect.stringContaining('several')] },
    ],
  ])('%s', async (_, contents, expected) => {
    expect(await detectIn(contents)).toMatchObject(expected)
  })

  it('can be chosen in bramble.yaml, and in the cluster file above it', async () => {
    const both = {
      'index.html': '',
      'package.json': packageJson({ main: 'a.js' }),
      'a.js': '',
      'bramble.yaml': 'kind: static\n',
    }
    expect(await detectIn(both)).toMatchObject({
      kind: 'static',
      seen: 'index.html: static files. The kind was chosen.',
    })
    expect(await detectIn({}, { kind: 'node' })).toMatchObject({ kind: 'node', processes: { web: 'node a.js' } })
    await expect(detectIn({}, { kind: 'ruby' })).rejects.toMatchObject({ code: 'app-kind-mismatch' })
    await expect(detectIn({}, { kind: 'image' })).rejects.toMatchObject({ code: 'app-image' })
  })

  it('is run as the cluster file, bramble.yaml and the Procfile say, in this order', async () => {
    const files = {
      Procfile: 'web: a\nrelease: b\nworker: w\n',
      'bramble.yaml': 'packages: [ffmpeg]\nhealth: { path: /up, timeout: 90 }\nmemory: 200\n',
    }
    expect(await detectIn(files)).toMatchObject({
      processes: { web: 'a', worker: 'w' },
      release: 'b',
      ...{ health: '/up', timeout: 90, memory: 200 },
      packages: { bookworm: ['ffmpeg'], trixie: ['ffmpeg'] },
      notes: [],
    })
    const wishes = { processes: { web: 'c' }, release: 'd', build: ['make'], packages: ['jq'] }
    expect(await detectIn({}, wishes)).toMatchObject({ ...wishes, packages: { trixie: ['ffmpeg', 'jq'] } })
  })

  it('takes a newer Node only from a build, and a folder of static files only from one that is named', async () => {
    const files = { 'package.json': packageJson({ engines: { node: '>=22' } }), 'index.js': '' }
    expect(await detectIn(files, { build: [] })).toMatchObject({
      ownNode: { bookworm: null, trixie: null },
      packages: { bookworm: ['nodejs'], trixie: ['nodejs'] },
      notes: [expect.stringContaining('Node ^22.0.0, and Debian bookworm has an older one'), expect.any(String)],
    })
    rmSync(join(folder, 'app'), { recursive: true })
    expect(await detectIn({ Makefile: '' }, { kind: 'static', build: ['make'] })).toMatchObject({
      kind: 'static',
      folder: null,
    })
    await expect(detectIn({}, { kind: 'static' })).rejects.toMatchObject({ code: 'app-kind-mismatch' })
  })

  it('says which lines of these files are wrong', async () => {
    await expect(detectIn({ Procfile: 'web: a\nweb\n' })).rejects.toMatchObject({
      code: 'app-procfile',
      message:
        'The Procfile cannot be used. Line 2 must be a name, a colon and a command, such as "web: node server.js".',
    })
    await expect(detectIn({ Procfile: 'web: a\n', 'bramble.yaml': 'a: 1\n\nports: 80\n' })).rejects.toMatchObject({
      code: 'app-manifest',
      message: expect.stringContaining('Line 3: Unknown key "ports".'),
    })
  })

  it('comes with a note when the upload has a .env, which names its variables and no value', async () => {
    const { notes } = await detectIn({ 'index.html': '', '.env': 'TOKEN=s3cret\nMODE="x"\n' })
    expect(notes).toEqual([
      expect.stringMatching(/^The upload has a file \.env that sets TOKEN, MODE\. It becomes part of/),
    ])
    expect(notes.join()).not.toContain('s3cret')
    expect((await detectIn({ '.env': 'TOKEN=a\nwhat\n' })).notes).toEqual([
      expect.stringContaining('.env whose line 2 cannot be read: must be NAME=value.'),
    ])
  })

  it('is refused when no file says what it is', async () => {
    await expect(detectIn({ 'notes.txt': '' })).rejects.toMatchObject({
      code: 'app-kind-unknown',
      message: 'The kind of the app could not be detected. Its top folder contains: notes.txt.',
    })
    await expect(detectIn({ Dockerfile: '' })).rejects.toMatchObject({ code: 'app-image' })
  })
})
