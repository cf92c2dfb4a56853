import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'
import { buildProgram } from './program.ts'
import { root } from './supervisor/checkout.ts'

test('the help that needs no Node is the help of the program', async () => {
  const program = await buildProgram(undefined)
  const text = await readFile(path.join(root, 'apps/cli/help.txt'), 'utf8')
  expect(text, 'print the program’s help into apps/cli/help.txt').toBe(program.helpInformation())
})

test('only the called command is loaded', async () => {
  expect((await buildProgram('test')).commands.map((command) => command.name())).toEqual(['test'])
  expect((await buildProgram('constructor')).commands.length).toBeGreaterThan(3)
})
