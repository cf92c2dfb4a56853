/** docker-compose.yml hands each container only the keys that it uses, and none on a command line. */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { root } from './checkout.ts'

const text = readFileSync(path.join(root, 'docker-compose.yml'), 'utf8')

/** The lines below a key at this depth, without comments. */
function block(name: string, depth: number): string {
  const lines = text.split('\n').filter((line) => !line.trimStart().startsWith('#'))
  const from = lines.findIndex((line) => line.startsWith(`${' '.repeat(depth)}${name}:`))
  expect(from, name).toBeGreaterThanOrEqual(0)
  const rest = lines.slice(from + 1)
  const to = rest.findIndex((line) => line.trim() !== '' && line.search(/\S/) <= depth)
  return rest.slice(0, to < 0 ? undefined : to).join('\n')
}

test('no password is part of a command', () => {
  const commands = [...text.matchAll(/^ +(?:command|entrypoint|test):(?: .*|\n(?: +.*\n)+?(?=^ {4}\w|^\S))/gm)]
  expect(commands.length).toBeGreaterThan(4)
  for (const [command] of commands) expect(command).not.toMatch(/PASSWORD|SECRET|requirepass/)
})

test('the dashboard gets no key that opens stored secrets, the worker none that signs sessions', () => {
  expect(block('x-environment', 0)).not.toMatch(/SECRET/)
  const web = block('web', 2)
  expect(web).toMatch(/<<: \*environment\n +DATABASE_URL: postgresql:\/\/bramble_web:\$.*\n +BETTER_AUTH_SECRET/)
  expect(web).not.toMatch(/BRAMBLE_SECRET_KEY|\*keeper/)
  expect(block('x-keeper', 0)).not.toMatch(/BETTER_AUTH/)
  expect(block('worker', 2)).toMatch(/environment: \*keeper/)
  expect(block('prepare', 2)).toMatch(/<<: \*keeper\n +POSTGRES_WEB_PASSWORD/)
})
