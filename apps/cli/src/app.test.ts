import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspectApp } from '@bramble/provision'
import { run } from '@bramble/provision/local'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { inspectionText } from './app.ts'
import { root } from './checkout.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bramble-inspect-'))
  mkdirSync(join(folder, 'shop/public'), { recursive: true })
  writeFileSync(
    join(folder, 'shop/package.json'),
    '{ "scripts": { "start": "node server.js" }, "engines": { "node": "20" } }',
  )
  writeFileSync(join(folder, 'shop/server.js'), 'listen()\n')
  writeFileSync(join(folder, 'shop/Procfile'), 'worker: node worker.js\nrelease: node migrate.js\n')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

test('a project is shown as it would be built and run', async () => {
  const found = await inspectApp(join(folder, 'shop'))
  expect(
    inspectionText({ ...found, digest: 'abc' }),
  ).toBe(`Kind              node: package.json: Node, without dependencies: nothing is built.
Process web       node server.js
Process worker    node worker.js
Before it serves  node migrate.js
Health check      GET /
Packages          nodejs
Content           4 files, folders and links, 0.0 MB
Release           abc
Note              The app asks for Node 20, and Debian bookworm has 18.`)
})

test('the command prints it, and says what is wrong with a file that is no app', async () => {
  const bramble = (...args: string[]) =>
    run([process.execPath, '--import', 'tsx', join(root, 'apps/cli/src/main.ts'), 'app', 'inspect', ...args], {
      cwd: root,
      env: { TMPDIR: folder },
    })
  const shown = await bramble(join(folder, 'shop'), '--json')
  expect([shown.code, shown.stderr]).toEqual([0, ''])
  expect(JSON.parse(shown.stdout)).toEqual(await inspectApp(join(folder, 'shop')))
  const wrong = await bramble(join(folder, 'shop/server.js'))
  expect([wrong.code, wrong.stdout]).toEqual([1, ''])
  expect(wrong.stderr).toContain('server.js is damaged, or is not an archive')
  const kind = await bramble(join(folder, 'shop'), '--kind', 'cobol')
  expect(kind.code).not.toBe(0)
  expect(kind.stderr).toContain('php, ruby, python')
  // tsx keeps a folder of its own there.
  expect(readdirSync(folder).filter((name) => name.startsWith('bramble-'))).toEqual([])
})
